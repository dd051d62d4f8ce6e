/// The value of a member that somebody asked for.
enum JSONField: Sendable, Hashable {
  case string([UInt8])
  /// nil where it isn't a whole number.
  case number(Int?)
  case object([String: JSONField])
  case other
}

extension JSONReader {
  /// Reads an object and keeps the members with these names; all others are read and forgotten.
  ///
  /// - Parameters:
  ///   - names: of the members to keep.
  ///   - inner: of the members to keep of objects among them.
  /// - Throws: also when one of the members is given twice: which one was meant?
  mutating func fields(_ names: Set<String>, inner: Set<String> = []) throws(JSONError) -> [String: JSONField] {
    var fields: [String: JSONField] = [:]
    try object { (bytes, reader) throws(JSONError) in
      let name = String(decoding: bytes, as: UTF8.self)
      guard names.contains(name) else { return try reader.skip() }
      let position = reader.position
      guard fields.updateValue(try reader.field(inner), forKey: name) == nil else {
        throw JSONError(problem: "the member '\(name)' is given twice", position: position)
      }
    }
    return fields
  }

  private mutating func field(_ inner: Set<String>) throws(JSONError) -> JSONField {
    switch try kind() {
    case .string: return .string(try string())
    case .number: return .number(try number())
    case .object: return .object(try fields(inner))
    case .array, .literal:
      try skip()
      return .other
    }
  }
}
