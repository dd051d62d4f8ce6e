import JSON

/// A JSON value in lines for people.
enum ValueText {
  private static let nameWidth = 12

  /// - Parameter value: an object, whose members get a line each; of a list of objects each gets a line of its own.
  static func lines(of value: JSONValue) -> [String] {
    guard case .object(let members) = value else { return [text(value)] }
    return members.flatMap { member in
      let name = member.name.replacing("_", with: " ")
      let label = name + String(repeating: " ", count: max(1, nameWidth - name.count))
      switch member.value {
      case .array(let values) where values.contains(where: isObject):
        return [name] + values.map { "  \(text($0))" }
      case .object(let inner):
        return [name] + inner.map { "  \($0.name.replacing("_", with: " ")): \(text($0.value))" }
      // A text is the client's: in quotes it stays one line, and tells a terminal nothing.
      case .string(let text) where member.name == "text": return [label + quoted(text)]
      default: return [label + text(member.value)]
      }
    }
  }

  /// On one line.
  private static func text(_ value: JSONValue) -> String {
    switch value {
    case .null: "-"
    case .bool(let value): value ? "yes" : "no"
    case .number(let value): "\(value)"
    case .string(let value): value
    case .array(let values): values.isEmpty ? "-" : values.map(text).joined(separator: ", ")
    case .object(let members):
      members.map { "\($0.name.replacing("_", with: " ")) \(text($0.value))" }.joined(separator: ", ")
    }
  }

  private static func isObject(_ value: JSONValue) -> Bool { if case .object = value { true } else { false } }

  private static func quoted(_ text: String) -> String {
    var bytes: [UInt8] = []
    bytes.appendJSONString(text.utf8)
    return String(decoding: bytes, as: UTF8.self)
  }
}
