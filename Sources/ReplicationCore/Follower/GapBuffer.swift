import DequeModule

/// Entries that arrived before the ones that precede them. Bounded; what doesn't fit is refused and comes again.
///
/// Invariant: `bytes` is the sum over all runs, and at most `bytesMax`.
struct GapBuffer: Sendable {
  private struct Early {
    let run: EntryRun
    /// The point that the run continues.
    let previous: LogPoint
  }

  let bytesMax: Int
  private(set) var bytes = 0
  /// In the order of first offsets, none twice. Runs may overlap when a master sent them twice: what is the same offset
  /// is the same entry.
  private var runs: Deque<Early> = []

  init(bytesMax: Int) {
    self.bytesMax = bytesMax
  }

  /// Whether all entries of a run are kept already, in the one run that begins with it or last before it.
  func holds(_ run: EntryRun) -> Bool {
    let index = place(of: run.first)
    if index < runs.count, runs[index].run.first == run.first, run.last <= runs[index].run.last { return true }
    return index > 0 && run.last <= runs[index - 1].run.last
  }

  /// Keeps a run.
  /// - Parameter previous: the point that it continues.
  /// - Returns: whether there was room.
  mutating func insert(_ run: EntryRun, after previous: LogPoint) -> Bool {
    if holds(run) { return true }
    let index = place(of: run.first)
    let isReplaced = index < runs.count && runs[index].run.first == run.first
    let replaced = isReplaced ? runs[index].run.bytes.count : 0
    guard bytes - replaced + run.bytes.count <= bytesMax else { return false }
    bytes += run.bytes.count - replaced
    let early = Early(run: run, previous: previous)
    if isReplaced { runs[index] = early } else { runs.insert(early, at: index) }
    return true
  }

  /// Takes out what continues a log, and drops what the log holds already or what doesn't fit it.
  /// - Parameter end: the log's last point.
  mutating func takeRun(after end: LogPoint) -> EntryRun? {
    while let early = runs.first, early.run.first <= end.offset.next {
      runs.removeFirst()
      bytes -= early.run.bytes.count
      guard early.run.last > end.offset else { continue }
      let before = early.previous.offset == end.offset ? early.previous : early.run.point(at: end.offset)
      if before == end { return early.run.after(end.offset) }
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
