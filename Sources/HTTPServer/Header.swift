/// One field of a request's or a response's head.
public struct Header: Sendable, Hashable {
  /// The field's name. Compared without regard to case by whoever reads it.
  public var name: String
  /// The field's value, without line breaks.
  public var value: String

  /// Makes a field; nothing is checked here.
  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }

  /// Whether this is the field's name, without regard to case (RFC 9110, section 5.1).
  func isNamed(_ other: String) -> Bool {
    name.utf8.count == other.utf8.count
      && zip(name.utf8, other.utf8).allSatisfy { $0 == $1 || ($0 ^ $1 == 0x20 && (0x61...0x7a).contains($0 | 0x20)) }
  }
}
