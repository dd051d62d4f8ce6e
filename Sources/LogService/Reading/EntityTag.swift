/// A strong entity tag (RFC 9110, 8.8.3): names the bytes of an answer.
///
/// For messages it comes from the running hash of the log up to the last entry that the answer tells of: nothing of the answer
/// has to be made for it, and all nodes have the same.
struct EntityTag: Sendable, Hashable, CustomStringConvertible {
  /// What is between the quotation marks: no quotation mark in it.
  let opaque: String

  /// As the header `ETag` has it.
  var description: String { "\"" + opaque + "\"" }

  /// Whether `If-None-Match` names it (RFC 9110, 13.1.2): by `*`, or in a list whose tags may be weak. What is no such list
  /// names nothing from there on.
  func isNamed(in list: String) -> Bool {
    var rest = Substring(list).trimmed
    if rest == "*" { return true }
    while true {
      rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "," }
      if rest.hasPrefix("W/") { rest = rest.dropFirst(2) }
      guard rest.first == "\"" else { return false }
      rest = rest.dropFirst()
      guard let end = rest.firstIndex(of: "\"") else { return false }
      if rest[..<end] == opaque { return true }
      rest = rest[rest.index(after: end)...]
    }
  }
}
