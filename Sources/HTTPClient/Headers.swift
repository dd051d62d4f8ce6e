/// Header fields in their order. RFC 9110, section 5.
///
/// Comparing a value with a copy of itself costs next to nothing, and a client rebuilds nothing for headers that it has
/// just sent: make the headers of a destination once and keep them.
public struct Headers: Sendable, Equatable, ExpressibleByDictionaryLiteral {
  /// One header field.
  public struct Field: Sendable, Equatable {
    /// The name, compared without regard to case.
    public let name: String
    /// The value, sent as it is.
    public let value: String

    /// - Parameters:
    ///   - name: letters, digits and `-`, or another character that RFC 9110 allows in a token; not empty.
    ///   - value: no control characters but the tabulator; may be empty.
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }

    /// Whether it may be sent: a line break in a value would start another header.
    var isWellFormed: Bool {
      guard !name.isEmpty else { return false }
      let separators = Set("\"(),/:;<=>?@[\\]{}".utf8)
      let nameIsToken = name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !separators.contains($0) }
      return nameIsToken && value.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7f) || $0 == 0x09 }
    }
  }

  /// The fields, in the order in which they are sent.
  public private(set) var fields: [Field]

  /// - Parameter fields: the fields, in the order in which they are sent.
  public init(_ fields: [Field] = []) {
    self.fields = fields
  }

  /// - Parameter elements: names and values, in the order in which they are sent.
  public init(dictionaryLiteral elements: (String, String)...) {
    fields = elements.map { Field(name: $0.0, value: $0.1) }
  }

  /// The value of the first field of this name, whatever its case; nil when there is none.
  public subscript(name: String) -> String? {
    fields.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  /// Adds a field after the others.
  ///
  /// - Parameters:
  ///   - name: see ``Field/init(name:value:)``.
  ///   - value: see ``Field/init(name:value:)``.
  public mutating func add(name: String, value: String) {
    fields.append(Field(name: name, value: value))
  }
}
