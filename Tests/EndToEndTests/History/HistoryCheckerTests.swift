import Testing

/// The checker is checked: it passes a history in which much happens and nothing is wrong, and each time that one thing in
/// it is made wrong, it says which.
@Suite struct HistoryCheckerTests {
  typealias Rule = HistoryChecker.Violation.Rule

  /// One thing made wrong.
  struct Anomaly: Sendable, CustomTestStringConvertible {
    let name: String
    let rules: Set<Rule>
    let plant: @Sendable (inout History) -> Void

    init(_ name: String, _ rules: Set<Rule>, _ plant: @escaping @Sendable (inout History) -> Void) {
      (self.name, self.rules, self.plant) = (name, rules, plant)
    }

    var testDescription: String { name }
  }

  @Test func aCleanHistoryIsPassed() {
    #expect(HistoryChecker.violations(in: .clean) == [])
  }

  @Test(arguments: anomalies) func eachAnomalyIsReported(_ anomaly: Anomaly) {
    var history = History.clean
    anomaly.plant(&history)
    let violations = HistoryChecker.violations(in: history)
    #expect(Set(violations.map(\.rule)) == anomaly.rules, "\(violations)")
  }

  /// An answer that was lost, a node that was away and a tail that may go prove nothing.
  @Test func whatIsAllowedIsNotReported() {
    var history = History.clean
    // Nobody looked at the followers after the answer with three nodes.
    history.holdings = []
    // Pending on a follower alone, lost with the master, and written anew.
    history.requests.append(.init(key: "kc", kind: .ask, writeConcern: 3, call: 180))
    history.requests[history.requests.count - 1].answer = .init(at: 185, outcome: .pending, offset: 4, epoch: 1)
    // A node that stood still while it was away, and what was not yet known to be committed after a start.
    history.starts.append(.init(node: 2, at: 166))
    history.reads.append(.init(node: 2, level: .committed, from: 1, limit: 1, call: 176, end: 178, last: 0, next: 1))
    #expect(HistoryChecker.violations(in: history) == [])
  }

  static let anomalies: [Anomaly] = [
    // The log.
    Anomaly("a follower ends with another log", [.equalLogs]) { $0.logs[1].removeLast() },
    Anomaly("a message is there twice", [.once]) { $0.insert("b", at: 9) },
    Anomaly("offsets fall", [.once, .outcome, .slice]) { $0.insert("d", at: 3, epoch: 2) },
    Anomaly("nobody sent it", [.unknownText]) { $0.insert("stranger", at: 9) },
    // Outcomes.
    Anomaly("committed, and missing", [.outcome, .committedLost]) { $0.remove("b") },
    Anomaly("sealed, and there", [.outcome]) { $0.insert("x", at: 9) },
    Anomaly("refused as not written, and there", [.outcome]) { $0.insert("d", at: 9) },
    Anomaly("stored on the master, and missing", [.outcome]) {
      $0.request(
        "kd", .add(text: "d"), 1, 290, .init(at: 295, outcome: .pending, offset: 5, epoch: 2, isHeldByMaster: true))
    },
    Anomaly("nobody knows what became of it", [.outcome]) { $0.request("ke", .add(text: "e"), 1, 290, nil) },
    Anomaly("another offset is told", [.oneOffset]) {
      $0.request("kb", .ask, 2, 290, .init(at: 295, outcome: .committed, offset: 1, epoch: 1))
    },
    Anomaly("another epoch is told", [.oneOffset]) {
      $0.request("kb", .ask, 2, 290, .init(at: 295, outcome: .committed, offset: 2, epoch: 2))
    },
    Anomaly("committed, then not seen", [.takenBack]) {
      $0.request("kb", .ask, 2, 290, .init(at: 295, outcome: .notSeen))
    },
    Anomaly("committed, then sealed", [.takenBack, .outcome, .order]) {
      $0.request("kb", .seal, 2, 290, .init(at: 295, outcome: .sealed))
    },
    Anomaly("sealed, then pending", [.takenBack]) {
      $0.request("kx", .ask, 2, 290, .init(at: 295, outcome: .pending, offset: 5, epoch: 2))
    },
    // Order, and who held it.
    Anomaly("answered before, and comes after", [.order, .heldByTooFew]) {
      $0.request("kf", .add(text: "f"), 1, 1, .init(at: 2, outcome: .committed, offset: 5, epoch: 2))
      $0.insert("f", at: 5)
    },
    Anomaly("committed with three nodes, and one didn't have it", [.heldByTooFew]) {
      $0.holdings.append(.init(node: 2, at: 221, last: 3))
    },
    Anomaly("committed with two nodes, and no follower had it", [.heldByTooFew]) {
      $0.holdings += [.init(node: 1, at: 71, last: 1), .init(node: 2, at: 72, last: 0)]
    },
    Anomaly("committed with one node, and the master lost it", [.heldByTooFew]) {
      $0.holdings.append(.init(node: 0, at: 11, last: 0))
    },
    Anomaly("a seal that no majority had", [.heldByTooFew]) {
      $0.holdings += [.init(node: 1, at: 121, last: 2), .init(node: 2, at: 121, last: 2)]
    },
    Anomaly("shown as committed, and only one node had it", [.heldByTooFew]) {
      $0.reads.append(
        .init(node: 2, level: .committed, from: 1, limit: 1, call: 196, end: 197, last: 4, next: 2, messages: [.a]))
      $0.holdings += [.init(node: 0, at: 198, last: 3), .init(node: 1, at: 198, last: 3)]
    },
    // Pages.
    Anomaly("a page leaves one out", [.slice]) { $0.reads[0].messages.removeFirst() },
    Anomaly("a page shows what isn't there", [.slice]) {
      $0.reads[0].messages[1] = .init(text: "z", offset: 2, epoch: 1)
    },
    Anomaly("a page of the master shows what went", [.slice]) { history in
      history.reads[0].messages[1].epoch = 0
      history.reads[0] = history.reads[0].moved(to: 0)
    },
    Anomaly("a page is out of order", [.slice]) { $0.reads[0].messages.swapAt(0, 1) },
    Anomaly("a page of committed messages shows what went", [.committedLost]) {
      $0.reads[2].messages[0] = .init(text: "lost", offset: 2, epoch: 0)
    },
    Anomaly("a page ends too early", [.pageEnd]) { history in
      history.reads[0].next = 2
      history.reads[0].messages.removeLast()
    },
    Anomaly("a page is too long", [.pageEnd]) { $0.reads[0] = $0.reads[0].limited(to: 1) },
    Anomaly("an empty page skips what comes", [.pageEnd]) { $0.reads[6].next = 6 },
    Anomaly("a page is refused", [.pageEnd]) { $0.reads[0].status = 500 },
    // From one moment to the next.
    Anomaly("a follower no longer shows what it has shown", [.wentBack]) {
      $0.reads.append(.init(node: 1, from: 1, limit: 1, call: 205, end: 206, last: 1, next: 2, messages: [.a]))
    },
    Anomaly("a follower's disk doesn't hold what it has shown", [.wentBack]) {
      $0.holdings.append(.init(node: 1, at: 206, last: 1))
    },
    Anomaly("the committed level falls in one process", [.wentBack]) {
      $0.reads.append(
        .init(node: 2, level: .committed, from: 1, limit: 1, call: 170, end: 171, last: 2, next: 2, messages: [.a]))
    },
    Anomaly("a master doesn't show as committed what it told as such", [.staleCommitted]) {
      $0.reads.append(
        .init(node: 0, level: .committed, from: 1, limit: 1, call: 230, end: 231, last: 3, next: 2, messages: [.a]))
    },
    Anomaly("min_offset is off by one", [.session]) { $0.reads[4].minOffset = 5 },
    Anomaly("min_offset is refused, and it is there", [.session]) { $0.reads[5].minOffset = 4 },
    Anomaly("min_offset isn't waited for", [.wait]) { $0.reads[5].wait = 50 },
    Anomaly("a long poll ends empty at once", [.wait]) { $0.reads[6].wait = 50 },
  ]
}
