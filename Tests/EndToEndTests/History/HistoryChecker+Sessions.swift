/// `min_offset`, long polls, and what a node shows from one moment to the next.
extension HistoryChecker {
  /// Who asks for what it has seen never gets less, on any node; and who is told to wait was waited for.
  mutating func checkSessions() {
    for read in history.reads {
      let isShort = read.end - read.call < read.wait
      if let minOffset = read.minOffset {
        if read.status == 200, read.last < minOffset { report(.session, "\(describe(read)): \(minOffset) was wanted") }
        if read.status == 504, read.last >= minOffset {
          report(.session, "\(describe(read)): \(minOffset) was refused")
        }
        if read.status == 504, isShort { report(.wait, "\(describe(read)): refused after \(read.end - read.call) ns") }
      }
      if read.status == 200, read.messages.isEmpty, isShort {
        report(.wait, "\(describe(read)): empty after \(read.end - read.call) ns, not \(read.wait)")
      }
    }
  }

  mutating func checkProgress() {
    for node in 0..<history.nodes {
      checkShown(history.reads.filter { $0.node == node && $0.level == .local }, node)
      checkCommitted(node)
    }
  }

  /// What is durable on a node and in the log for good stays there, through every restart.
  private mutating func checkShown(_ reads: [History.Read], _ node: Int) {
    let facts = reads.compactMap { read -> Peaks.Fact? in
      // Nothing is taken out of a master's log.
      if node == 0 { return Peaks.Fact(at: read.end, height: read.last, name: "") }
      guard let shown = read.messages.last(where: { $0.offset != nil && $0.epoch != nil }), let offset = shown.offset,
        let entry = log.first(from: offset), Self.isSame(shown, entry)
      else { return nil }
      return Peaks.Fact(at: read.end, height: offset, name: "")
    }
    let peaks = Peaks(facts)
    for holding in history.holdings where holding.node == node {
      guard let before = peaks.highest(before: holding.at), before.height > holding.last else { continue }
      report(.wentBack, "node \(node) held \(holding.last) at \(holding.at), after it had shown \(before.height)")
    }
    for read in reads {
      guard let before = peaks.highest(before: read.call), before.height > read.last else { continue }
      report(.wentBack, "\(describe(read)), after it had shown \(before.height)")
    }
  }

  /// Within one process, what a majority holds never falls; and a master that told something as committed shows it so.
  private mutating func checkCommitted(_ node: Int) {
    let starts = history.starts.filter { $0.node == node }.map(\.at).sorted()
    /// Which process answered; nil if it may have been either of two.
    func process(_ call: History.Moment, _ end: History.Moment) -> Int? {
      let first = starts.count { $0 < call }
      return first == starts.count { $0 <= end } ? first : nil
    }
    var shown: [Int: [Peaks.Fact]] = [:]
    var told: [Int: [Peaks.Fact]] = [:]
    let reads = history.reads.filter { $0.node == node && $0.level == .committed }
    for read in reads {
      guard let process = process(read.call, read.end) else { continue }
      shown[process, default: []].append(Peaks.Fact(at: read.end, height: read.last, name: ""))
    }
    for request in node == 0 ? history.requests : [] where request.writeConcern >= history.majority {
      guard let answer = request.answer, answer.outcome == .committed, let offset = answer.offset,
        let process = process(request.call, answer.at)
      else { continue }
      told[process, default: []].append(Peaks.Fact(at: answer.at, height: offset, name: request.key))
    }
    let (shownPeaks, toldPeaks) = (shown.mapValues(Peaks.init), told.mapValues(Peaks.init))
    for read in reads {
      guard let process = process(read.call, read.end) else { continue }
      if let before = shownPeaks[process]?.highest(before: read.call), before.height > read.last {
        report(.wentBack, "\(describe(read)), after \(before.height) at this level")
      }
      if let before = toldPeaks[process]?.highest(before: read.call), before.height > read.last {
        report(.staleCommitted, "\(describe(read)), after \(before.name) was told at \(before.height)")
      }
    }
  }
}
