/// The value of a member that somebody asked for.
package enum JSONField: Sendable, Hashable {
  case string([UInt8])
  /// nil where it isn't a whole number.
  case number(Int?)
  case object(JSONFields)
  /// A list of strings and nothing else, no longer than was asked for.
  case strings([[UInt8]])
  case other
}

extension JSONReader {
  /// Reads an object and keeps the members with these names; all others are read and forgotten.
  ///
  /// - Parameters:
  ///   - names: of the members to keep.
  ///   - inner: of the members to keep of objects among them.
  ///   - listMax: how long a list of strings may be that is kept; none is by default.
  /// - Throws: also when one of the members is given twice: which one was meant?
  package mutating func fields(
    _ names: [StaticString], inner: [StaticString] = [], listMax: Int = 0
  ) throws(JSONError) -> JSONFields {
    var fields = JSONFields()
    try object { (found, reader) throws(JSONError) in
      guard let name = names.first(where: found.equals) else { return try reader.skip() }
      let position = reader.position
      guard fields.insert(try reader.field(inner, listMax), name, max: names.count) else {
        throw JSONError(problem: "the member '\(name)' is given twice", position: position)
      }
    }
    return fields
  }

  private mutating func field(_ inner: [StaticString], _ listMax: Int) throws(JSONError) -> JSONField {
    switch try kind() {
    case .string: return .string(try string())
    case .number: return .number(try number())
    case .object: return .object(try fields(inner))
    case .array: return try strings(listMax).map { .strings($0) } ?? .other
    case .literal:
      try skip()
      return .other
    }
  }

  /// Reads a list.
  /// - Returns: nil where it is longer than `max` or not all of its values are strings: nothing of it is kept then.
  private mutating func strings(_ max: Int) throws(JSONError) -> [[UInt8]]? {
    var strings: [[UInt8]]? = []
    try array { (reader) throws(JSONError) in
      guard let count = strings?.count, count < max, try reader.kind() == .string else {
        strings = nil
        return try reader.skip()
      }
      strings?.append(try reader.string())
    }
    return strings
  }
}
