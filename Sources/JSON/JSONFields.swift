/// The members of an object that somebody asked for. They are few: a search is shorter than a hash.
package struct JSONFields: Sendable, Hashable {
  private struct Member: Hashable {
    let name: String
    let field: JSONField
  }

  private var members: [Member] = []

  /// The value of the member with this name; nil if it is not there, or nobody asked for it.
  package subscript(_ name: String) -> JSONField? {
    members.first { $0.name == name }?.field
  }

  /// Takes in a member.
  /// - Returns: whether there was none with its name.
  mutating func insert(_ field: JSONField, _ name: StaticString) -> Bool {
    let name = name.description
    guard self[name] == nil else { return false }
    members.append(Member(name: name, field: field))
    return true
  }
}
