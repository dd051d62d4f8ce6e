internal import ReplicationCore

/// The runs that were read last from files, checked: a small page that several readers ask for, one after the other, is read once.
///
/// What is in a file is looked at again only when its run has been forgotten: damage since then is found by the slow check of the
/// sealed segments, or by a reader of something else.
struct RecentRuns: Sendable {
  /// What was asked for. `through` is no part of it, since it moves with the log's end.
  struct Request: Hashable, Sendable {
    let first: Offset
    let bytesMax: Int
    let entriesMax: Int
  }

  /// How many are kept, 1 MiB at most.
  static let countMax = 16
  /// A longer run, which is one long entry, is not kept.
  static let bytesMax = 64 << 10

  /// The latest last. All are of one generation of the log.
  private var runs: [(request: Request, run: EntryRun)] = []
  private var generation: UInt64 = 0

  /// The run that is the answer to a request.
  ///
  /// - Parameters:
  ///   - request: what is asked for.
  ///   - last: the last offset that it may have.
  ///   - generation: the log's.
  /// - Returns: nil if it wasn't read lately.
  func run(for request: Request, through last: Offset, generation: UInt64) -> EntryRun? {
    guard generation == self.generation else { return nil }
    return runs.last { $0.request == request && $0.run.last <= last }?.run
  }

  /// Notes what was read for a request.
  /// - Parameter last: the last offset that it might have had. A run that reaches it might be longer another time.
  mutating func note(_ run: EntryRun, for request: Request, through last: Offset, generation: UInt64) {
    guard run.last < last, run.bytes.count <= Self.bytesMax else { return }
    if generation != self.generation { (runs, self.generation) = ([], generation) }
    // Several readers may have read it at the same time.
    runs.removeAll { $0.request == request }
    if runs.count == Self.countMax { runs.removeFirst() }
    runs.append((request, run))
  }
}
