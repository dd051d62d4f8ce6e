/// What was told of each key, held against the log and against what else was told.
extension HistoryChecker {
  mutating func checkOutcomes() {
    for (key, requests) in keys {
      var written: [History.Entry] = []
      for case .add(let text) in Set(requests.map(\.kind)) { written += log.entries(with: text) }
      if written.count > 1 { report(.once, "\(key) brought \(written)") }
      checkDefinite(key, requests, written.first)
      for request in requests {
        guard let answer = request.answer else { continue }
        checkOffset(key, answer, written.first)
      }
      checkTakenBack(key, requests)
    }
  }

  private mutating func checkDefinite(_ key: String, _ requests: [History.KeyedRequest], _ written: History.Entry?) {
    let place = written.map { "is at \($0.offset)" } ?? "is missing"
    let outcomes = Set(requests.compactMap { $0.answer?.outcome })
    if outcomes.contains(.committed), written == nil { report(.outcome, "\(key) was committed, and \(place)") }
    if outcomes.contains(.sealed), written != nil { report(.outcome, "\(key) was sealed, and \(place)") }
    let adds = requests.filter { $0.kind != .ask && $0.kind != .seal }
    // With other attempts, it is one of them that may have written it.
    if adds.count == 1, adds[0].answer?.outcome == .notWritten, written != nil {
      report(.outcome, "\(key) was not written, and \(place)")
    }
    if outcomes.isDisjoint(with: [.committed, .sealed, .notWritten]) { report(.outcome, "\(key) has no outcome") }
  }

  /// Where a key's message was said to be.
  private mutating func checkOffset(_ key: String, _ answer: History.Answer, _ written: History.Entry?) {
    guard answer.isFinal, answer.outcome != .sealed else { return }
    guard let offset = answer.offset, let epoch = answer.epoch else {
      return report(.oneOffset, "\(key) was \(answer.outcome) without offset or epoch")
    }
    guard let written else {
      if answer.outcome == .pending { report(.outcome, "\(key) was stored at \(offset), and is missing") }
      return
    }
    if (offset, epoch) != (written.offset, written.epoch) {
      report(.oneOffset, "\(key) was told at \(offset) of epoch \(epoch), and is \(written)")
    }
  }

  /// A definite answer holds for every request that is sent after it came.
  private mutating func checkTakenBack(_ key: String, _ requests: [History.KeyedRequest]) {
    guard let first = requests.compactMap(\.answer).filter(\.isFinal).min(by: { $0.at < $1.at }) else { return }
    let isSealed = first.outcome == .sealed
    for request in requests where request.call > first.at {
      guard let outcome = request.answer?.outcome else { continue }
      let isTakenBack =
        switch outcome {
        case .committed, .pending: isSealed
        case .sealed: !isSealed
        case .notSeen: true
        case .notWritten, .unknown: false
        }
      if isTakenBack { report(.takenBack, "\(key) was \(first.outcome), then \(outcome)") }
    }
  }
}
