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
  /// By first offset. Runs may overlap when a master sent them twice: what is the same offset is the same entry.
  private var runs: [Offset: Early] = [:]

  init(bytesMax: Int) {
    self.bytesMax = bytesMax
  }

  var isEmpty: Bool { runs.isEmpty }

  /// How many entries are kept, counting one that lies in two runs twice.
  var count: UInt64 { runs.values.reduce(0) { $0 + $1.run.count } }

  /// Whether all entries of a run are kept already, in one run.
  func holds(_ run: EntryRun) -> Bool {
    runs.values.contains { $0.run.first <= run.first && run.last <= $0.run.last }
  }

  /// The run of one entry at `offset`, as put there by hand.
  func run(startingAt offset: Offset) -> EntryRun? {
    runs[offset]?.run
  }

  /// Keeps a run.
  /// - Parameter previousEpoch: the epoch that the entry before the run must have.
  /// - Returns: whether there was room.
  mutating func insert(_ run: EntryRun, previousEpoch: Epoch) -> Bool {
    if holds(run) { return true }
    let replaced = runs[run.first]?.run.bytes.count ?? 0
    guard bytes - replaced + run.bytes.count <= bytesMax else { return false }
    bytes += run.bytes.count - replaced
    runs[run.first] = Early(run: run, previousEpoch: previousEpoch)
    return true
  }

  /// Takes out what continues a log, and drops what the log holds already or what doesn't fit it.
  /// - Parameters:
  ///   - end: the log's last offset.
  ///   - epoch: the epoch of the entry there.
  mutating func takeRun(after end: Offset, epoch: Epoch) -> EntryRun? {
    guard !runs.isEmpty else { return nil }
    for (first, early) in runs where first <= end.next {
      runs[first] = nil
      bytes -= early.run.bytes.count
      guard early.run.last > end else { continue }
      let before = first == end.next ? early.previousEpoch : early.run.epoch(at: end)
      if before == epoch { return early.run.after(end) }
    }
    return nil
  }

  mutating func removeAll() {
    runs = [:]
    bytes = 0
  }
}
