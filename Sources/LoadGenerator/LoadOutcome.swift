/// What became of the messages of a request, from best to worst: the answer's `Log-Outcome`.
public enum LoadOutcome: Int, Sendable, CaseIterable, Comparable {
  case committed
  case pending
  case notWritten
  case unknown

  /// - Parameter word: of the answer's `Log-Outcome`; nil for another.
  init?(word: String) {
    guard let outcome = Self.allCases.first(where: { $0.word == word }) else { return nil }
    self = outcome
  }

  /// As in `Log-Outcome`.
  var word: String {
    switch self {
    case .committed: "committed"
    case .pending: "pending"
    case .notWritten: "not_written"
    case .unknown: "unknown"
    }
  }

  /// What a program ends with whose worst outcome this is.
  public var exitCode: Int32 {
    switch self {
    case .committed: 0
    case .pending: 3
    case .notWritten: 4
    case .unknown: 5
    }
  }

  /// Whether one outcome is better than another.
  public static func < (one: LoadOutcome, other: LoadOutcome) -> Bool { one.rawValue < other.rawValue }
}
