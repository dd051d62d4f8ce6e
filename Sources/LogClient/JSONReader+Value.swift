package import JSON

extension JSONReader {
  /// Reads any value. Of numbers only whole ones from 0 are kept, which is what the nodes send; others become null.
  package mutating func value() throws(JSONError) -> JSONValue {
    switch try kind() {
    case .string: return .string(String(decoding: try string(), as: UTF8.self))
    case .number: return try number().flatMap(UInt64.init(exactly:)).map { .number($0) } ?? .null
    case .literal: return try literal().map { .bool($0) } ?? .null
    case .array:
      var values: [JSONValue] = []
      try array { (reader) throws(JSONError) in values.append(try reader.value()) }
      return .array(values)
    case .object:
      var members: [JSONValue.Member] = []
      try object { (name, reader) throws(JSONError) in
        members.append(.init(name: name.string, value: try reader.value()))
      }
      return .object(members)
    }
  }
}

extension JSONValue {
  /// The member of an object; nil where there is none.
  package subscript(_ name: String) -> JSONValue? {
    if case .object(let members) = self { members.first { $0.name == name }?.value } else { nil }
  }

  package var string: String? { if case .string(let value) = self { value } else { nil } }
  package var number: UInt64? { if case .number(let value) = self { value } else { nil } }
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  package var array: [JSONValue]? { if case .array(let values) = self { values } else { nil } }
}
