package import JSON

/// How many nodes, the master included, must hold a message before the answer comes.
public enum WriteConcern: Sendable, Hashable, CustomStringConvertible {
  case nodes(Int)
  case majority
  case all

  /// - Parameter text: a whole number from 1, `majority` or `all`; nil for anything else. How many nodes there are is for the
  ///   master to say.
  public init?(_ text: String) {
    switch text {
    case "majority": self = .majority
    case "all": self = .all
    default:
      guard let number = Int(text), number >= 1, text.first != "+" else { return nil }
      self = .nodes(number)
    }
  }

  /// As in a request's body.
  package var json: JSONValue {
    switch self {
    case .nodes(let number): .number(UInt64(number))
    case .majority, .all: .string(description)
    }
  }

  /// As in a query.
  public var description: String {
    switch self {
    case .nodes(let number): "\(number)"
    case .majority: "majority"
    case .all: "all"
    }
  }
}
