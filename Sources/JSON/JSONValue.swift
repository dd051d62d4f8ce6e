/// A JSON value that an answer carries: few, small, in a fixed order.
package enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case number(UInt64)
  case string(String)
  case array([JSONValue])
  case object([Member])

  package struct Member: Sendable, Hashable {
    package let name: String
    package let value: JSONValue

    /// - Parameters:
    ///   - name: of the member.
    ///   - value: its value.
    package init(name: String, value: JSONValue) {
      self.name = name
      self.value = value
    }
  }

  /// An object whose members keep the order in which they are written here.
  package static func members(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
    .object(members.map { Member(name: $0.key, value: $0.value) })
  }

  /// An object with these members after its own.
  package func with(_ more: [Member]) -> JSONValue {
    guard case .object(let members) = self else { return self }
    return .object(members + more)
  }

  /// Appends the value's text.
  package func write(to bytes: inout [UInt8]) {
    switch self {
    case .null: bytes.appendJSON("null")
    case .bool(let value): bytes += (value ? "true" : "false").utf8
    case .number(let value): bytes += String(value).utf8
    case .string(let value): bytes.appendJSONString(value.utf8)
    case .array(let values):
      bytes.appendJSON("[")
      for (index, value) in values.enumerated() {
        if index > 0 { bytes.appendJSON(",") }
        value.write(to: &bytes)
      }
      bytes.appendJSON("]")
    case .object(let members):
      bytes.appendJSON("{")
      for (index, member) in members.enumerated() {
        if index > 0 { bytes.appendJSON(",") }
        bytes.appendJSONString(member.name.utf8)
        bytes.appendJSON(":")
        member.value.write(to: &bytes)
      }
      bytes.appendJSON("}")
    }
  }
}
