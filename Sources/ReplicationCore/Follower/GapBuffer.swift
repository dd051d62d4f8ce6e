import DequeModule

/// Entries that arrived before the ones that precede them. Bounded; what doesn't fit is refused and comes again.
///
/// Invariant: `bytes` is the sum over all runs, and at most `bytesMax`.
struct GapBuffer: Sendable {
  private struct Early {
    let run: EntryRun
    /// The epoch that the entry before the run must have.
    let previousEpoch: Epoch
  }

  let bytesMax: Int
  private(set) var bytes = 0
  /// In the order of first offsets, none twice. Runs may overlap when a master sent them twice: what is the same offset is the
  /// same entry.
  private var runs: Deque<Early> = []

  init(bytesMax: Int) {
    self.bytesMax = bytesMax
  }

  var isEmpty: Bool { runs.isEmpty }

  /// How many entries are kept, counting one that lies in two runs twice.
  var count: UInt64 { runs.reduce(0) { $0 + $1.run.count } }

  /// Whether all entries of a run are kept already, in the one run that begins with it or last before it.
  func holds(_ run: EntryRun) -> Bool {
    let index = place(of: run.first)
    if index < runs.count, runs[index].run.first == run.first, run.last <= runs[index].run.last { return true }
    return index > 0 && run.last <= runs[index - 1].run.last
  }

  /// The run of one entry at `offset`, as put there by hand.
  func run(startingAt offset: Offset) -> EntryRun? {
    let index = place(of: offset)
    return index < runs.count && runs[index].run.first == offset ? runs[index].run : nil
  }

  /// Keeps a run.
  /// - Parameter previousEpoch: the epoch that the entry before the run must have.
  /// - Returns: whether there was room.
  mutating func insert(_ run: EntryRun, previousEpoch: Epoch) -> Bool {
    if holds(run) { return true }
    let index = place(of: run.first)
    let replaced = self.run(startingAt: run.first)?.bytes.count
    guard bytes - (replaced ?? 0) + run.bytes.count <= bytesMax else { return false }
    bytes += run.bytes.count - (replaced ?? 0)
    let early = Early(run: run, previousEpoch: previousEpoch)
    if replaced != nil { runs[index] = early } else { runs.insert(early, at: index) }
    return true
  }

  /// Takes out what continues a log, and drops what the log holds already or what doesn't fit it.
  /// - Parameters:
  ///   - end: the log's last offset.
  ///   - epoch: the epoch of the entry there.
  mutating func takeRun(after end: Offset, epoch: Epoch) -> EntryRun? {
    while let early = runs.first, early.run.first <= end.next {
      runs.removeFirst()
      bytes -= early.run.bytes.count
      guard early.run.last > end else { continue }
      let before = early.run.first == end.next ? early.previousEpoch : early.run.epoch(at: end)
      if before == epoch { return early.run.after(end) }
    }
    return nil
  }

  /// Where a run that begins with `first` stands or would stand.
  private func place(of first: Offset) -> Int {
    var low = 0
    var high = runs.count
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].run.first < first { low = middle + 1 } else { high = middle }
    }
    return low
  }

  mutating func removeAll() {
    runs = []
    bytes = 0
  }
}
