/// Real-time order, and who held what was told.
extension HistoryChecker {
  /// What was answered before another one was sent comes before it in the log.
  mutating func checkOrder() {
    struct Written {
      let key: String
      let offset: Int
      let call: History.Moment
    }
    var all: [Written] = []
    var facts: [Peaks.Fact] = []
    for (key, requests) in keys {
      // A seal has a place in the order as a message has.
      let isSealed = requests.contains { $0.answer?.outcome == .sealed }
      let writers = requests.filter { ($0.kind == .seal) == isSealed && $0.kind != .ask }
      let told = requests.compactMap(\.answer).filter(\.isFinal)
      guard let call = writers.map(\.call).min(), let end = told.map(\.at).min(),
        let offset = told.compactMap(\.offset).first
      else { continue }
      all.append(Written(key: key, offset: offset, call: call))
      facts.append(Peaks.Fact(at: end, height: offset, name: key))
    }
    let peaks = Peaks(facts)
    for written in all {
      guard let before = peaks.highest(before: written.call), before.height > written.offset else { continue }
      report(
        .order,
        "\(before.name) was answered before \(written.key) was sent, and is at \(before.height), after \(written.offset)"
      )
    }
  }

  /// What is told or shown as committed was held by so many nodes when the answer came.
  ///
  /// A node that holds no more than `last` at a moment held no more before it. So each look at a node after an answer can show
  /// that this node didn't hold the message then. The answer is wrong if too few nodes are left.
  mutating func checkHolders() {
    var facts: [[Peaks.Fact]] = Array(repeating: [], count: history.nodes)
    // The other way round: the lowest after a moment.
    for holding in history.holdings {
      facts[holding.node].append(Peaks.Fact(at: -holding.at, height: -holding.last, name: ""))
    }
    for read in history.reads where read.level == .local {
      facts[read.node].append(Peaks.Fact(at: -read.call, height: -read.last, name: ""))
    }
    let lowest = facts.map(Peaks.init)
    /// How much each node held at most.
    func ends(at moment: History.Moment) -> [Int] {
      lowest.map { $0.highest(before: -moment).map { -$0.height } ?? .max }
    }
    for request in history.requests {
      guard let answer = request.answer, let offset = answer.offset else { continue }
      let needed: Int
      switch answer.outcome {
      case .committed: needed = request.writeConcern
      case .sealed: needed = max(request.kind == .ask ? request.writeConcern : 1, history.majority)
      default: continue
      }
      let ends = ends(at: answer.at)
      // The master is always among them.
      guard ends[0] < offset || ends.count(where: { $0 >= offset }) < needed else { continue }
      report(
        .heldByTooFew,
        "\(request.key) was \(answer.outcome) at \(offset) with \(needed) nodes, which ended at most at \(ends) then")
    }
    for read in history.reads where read.level == .committed && read.status == 200 {
      let ends = ends(at: read.end)
      guard ends.count(where: { $0 >= read.last }) < history.majority else { continue }
      report(.heldByTooFew, "\(describe(read)), and the nodes ended at most at \(ends) then")
    }
  }
}
