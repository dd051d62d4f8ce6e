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
}
