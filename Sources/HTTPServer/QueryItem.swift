/// One `name=value` of a request's query, percent-decoded and with `+` read as a space.
public struct QueryItem: Sendable, Equatable {
  /// The part before the first `=`.
  public let name: String
  /// The part after it; nil when there was no `=` (`?name`), empty after a bare one (`?name=`).
  public let value: String?

  /// Makes an item from decoded parts.
  public init(name: String, value: String?) {
    self.name = name
    self.value = value
  }
}
