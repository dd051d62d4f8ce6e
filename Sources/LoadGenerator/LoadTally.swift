internal import LogClient

/// How many requests came to what.
struct LoadTally: Sendable, Equatable {
  /// Requests that ended badly in the same way.
  struct Trouble: Sendable, Equatable {
    let name: String
    /// What the first one said.
    let first: String
    var count: Int
  }

  private var counts: [Outcome: Int] = [:]
  /// In the order in which they came first. Few: they are named after statuses and kinds of errors.
  private(set) var troubles: [Trouble] = []

  /// How many requests came to an outcome.
  subscript(outcome: Outcome) -> Int { counts[outcome, default: 0] }

  /// How many requests have ended.
  var total: Int { counts.values.reduce(0, +) }

  /// The worst outcome that any request came to.
  var worst: Outcome { Outcome.allCases.last { self[$0] > 0 } ?? .committed }

  mutating func add(_ answer: LoadAnswer) {
    counts[answer.outcome, default: 0] += 1
    guard let problem = answer.problem else { return }
    if let index = troubles.firstIndex(where: { $0.name == problem.name }) {
      troubles[index].count += 1
    } else {
      troubles.append(Trouble(name: problem.name, first: problem.detail, count: 1))
    }
  }

  /// All troubles in one line; nil where there are none.
  var line: String? {
    guard !troubles.isEmpty else { return nil }
    return troubles.map { trouble in
      "\(trouble.count) × \(trouble.name)\(trouble.first.isEmpty ? "" : " (\(trouble.first))")"
    }.joined(separator: ", ")
  }
}
