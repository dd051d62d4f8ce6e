/// Proves from a history alone that the log kept its promises, or names those that it broke.
///
/// Each rule is sound: what it reports can't come of a log that keeps docs/guarantees.md, whatever happened between the moments of the
/// history. Nodes keep their disks: only processes die.
struct HistoryChecker {
  /// A promise that the history shows broken.
  struct Violation: Hashable, CustomStringConvertible {
    enum Rule: String {
      /// All nodes show the same in the end.
      case equalLogs
      /// Offsets grow; no text is there twice.
      case once
      /// Nothing is there that nobody sent.
      case unknownText
      /// What was told of a key is true, and of each key something was told.
      case outcome
      /// A key has one offset, which is the same in every answer.
      case oneOffset
      /// What was told of a key is not taken back.
      case takenBack
      /// What was answered before another one was sent comes before it.
      case order
      /// As many nodes as asked for hold what is told as committed.
      case heldByTooFew
      /// A page is a part of the log.
      case slice
      /// What a majority was said to hold is there.
      case committedLost
      /// A page ends where it says, and for a reason.
      case pageEnd
      /// A node shows what it has shown.
      case wentBack
      /// What is told as committed is shown at that level by who told it.
      case staleCommitted
      /// `min_offset` is kept.
      case session
      /// An answer waits as long as it is asked to.
      case wait
    }

    let rule: Rule
    let text: String

    var description: String { "\(rule.rawValue): \(text)" }
  }

  let history: History
  let log: FinalLog
  /// The requests of each key, in the order in which they were sent.
  let keys: [String: [History.KeyedRequest]]
  var violations: [Violation] = []

  /// - Returns: what is wrong; empty if nothing is.
  static func violations(in history: History) -> [Violation] {
    var checker = HistoryChecker(history)
    checker.checkLogs()
    checker.checkOutcomes()
    checker.checkOrder()
    checker.checkHolders()
    checker.checkPages()
    checker.checkSessions()
    checker.checkProgress()
    return checker.violations
  }

  /// The violations in a few lines: how many there are of each kind, and the first of them.
  static func summary(of violations: [Violation]) -> [String] {
    Dictionary(grouping: violations, by: \.rule).values.map { "\($0.count) times \($0[0])" }.sorted()
  }

  private init(_ history: History) {
    self.history = history
    log = FinalLog(history.logs.first ?? [])
    keys = Dictionary(grouping: history.requests, by: \.key).mapValues { $0.sorted { $0.call < $1.call } }
  }

  mutating func report(_ rule: Violation.Rule, _ text: String) {
    violations.append(Violation(rule: rule, text: text))
  }

  /// The logs of all nodes in the end.
  private mutating func checkLogs() {
    for (node, entries) in history.logs.enumerated() where entries != log.entries {
      let place = zip(entries, log.entries).first { $0 != $1 }.map { "\($0), the master \($1)" }
      report(.equalLogs, "node \(node) ends with \(place ?? "\(entries.count) messages, not \(log.entries.count)")")
    }
    var sent: Set<String> = []
    for case .add(let text) in history.requests.map(\.kind) { sent.insert(text) }
    var seen: Set<String> = []
    for (entry, next) in zip(log.entries, log.entries.dropFirst()) where next.offset <= entry.offset {
      report(.once, "offset \(next.offset) comes after \(entry.offset)")
    }
    for entry in log.entries {
      if !seen.insert(entry.text).inserted { report(.once, "\(entry.text) is there twice, again at \(entry.offset)") }
      if !sent.contains(entry.text) { report(.unknownText, "nobody sent \(entry.text), at \(entry.offset)") }
    }
  }
}
