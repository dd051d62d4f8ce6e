/// The members of an object that somebody asked for. They are few: a search is shorter than a hash.
package struct JSONFields: Sendable, Hashable {
  /// A member; its name is the text in the program, so that none has to be made.
  private struct Member: Hashable {
    let name: StaticString
    let field: JSONField

    static func == (one: Self, other: Self) -> Bool {
      one.name.bytes.holdsSame(as: other.name.bytes) && one.field == other.field
    }

    func hash(into hasher: inout Hasher) {
      hasher.combine(bytes: UnsafeRawBufferPointer(name.bytes))
      hasher.combine(field)
    }
  }

  private var members: [Member] = []

  /// The value of the member with this name; nil if it is not there, or nobody asked for it.
  package subscript(_ name: StaticString) -> JSONField? {
    members.first { $0.name.bytes.holdsSame(as: name.bytes) }?.field
  }

  /// Takes in a member.
  /// - Parameter max: how many there may be in the end.
  /// - Returns: whether there was none with its name.
  mutating func insert(_ field: JSONField, _ name: StaticString, max: Int) -> Bool {
    guard self[name] == nil else { return false }
    if members.isEmpty { members.reserveCapacity(max) }
    members.append(Member(name: name, field: field))
    return true
  }
}

extension StaticString {
  /// Its UTF-8 bytes.
  var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount) }
}

extension UnsafeBufferPointer<UInt8> {
  /// Whether these are the same bytes. Most differ in their number already.
  func holdsSame(as other: Self) -> Bool { count == other.count && elementsEqual(other) }
}
