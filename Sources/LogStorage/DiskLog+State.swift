internal import ReplicationCore

extension DiskLog {
  /// What appending and reading need: guarded by one short lock, under which nothing is read, written or synced.
  ///
  /// Invariants: tail.base <= durable <= tail.last; an entry after `durable` is in the tail; the space reserved is enough for
  /// all pending entries, unless `failure` is set.
  struct State {
    var identity: LogIdentity
    var commitKnown: Offset
    var tail: Tail
    var durable: LogPoint
    var generation: UInt64 = 0
    /// The segments in order. New entries go to the last one.
    var spans: [Span]
    /// Up to where the last segment's space is reserved, in bytes from its beginning.
    var reservedEnd: Int
    /// The size of the entries after `durable`.
    var pendingBytes = 0
    /// What can't be read; the first of it, if there is more than one.
    var damage: LogDamage?
    /// Why the last segment can't be written to any more: another one must be begun.
    var failure: FileError?
    /// For how many bytes no space was found.
    var bytesWanted: Int?
    var observer: (@Sendable () -> Void)?
    /// Whether there is something that the observer wasn't told.
    var isUntold = false
    var isClosed = false
    /// Whether the storage thread was started.
    var hasThread = false
    var counts = LogCounts()
    /// The sealed segments that were read or written last: only they keep their index.
    var indexed: [Segment] = []
    /// The list of the entry that was read last to find it: at the end of a log that was opened and not written to, everybody
    /// asks for the same.
    var listRead: (offset: Offset, generation: UInt64, list: ClosedRange<Offset>?)?
    var runEnds = RunEnds()
  }

  /// A segment, and what of it belongs to the log.
  struct Span {
    let segment: Segment
    /// Where its last entry ends; later than that in a segment that was there when the log was opened.
    var endPosition: Int
  }
}

extension DiskLog.State {
  var end: LogEnd { LogEnd(lastPoint: tail.last, durablePoint: durable, generation: generation) }

  /// Where the first pending entry goes.
  var position: Int {
    get { spans.last?.endPosition ?? SegmentHeader.bytes }
    set { spans[spans.count - 1].endPosition = newValue }
  }

  var trouble: LogTrouble? {
    if let damage { return .damaged(damage) }
    if let failure { return failure.isFull ? .full : .failing(failure.description) }
    return bytesWanted == nil ? nil : .full
  }

  /// Finds the segment in which a durable entry lies.
  /// - Parameter offset: from 0 to `durable`; the base of the first segment belongs to it.
  func span(of offset: Offset) -> (segment: Segment, end: SegmentEnd)? {
    guard let first = spans.first, offset >= first.segment.header.base.offset, offset <= durable.offset else {
      return nil
    }
    var low = 0
    var high = spans.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if spans[middle].segment.header.first <= offset { low = middle } else { high = middle - 1 }
    }
    return (spans[low].segment, end(ofSpan: low))
  }

  /// What of a segment belongs to the log: up to where the next one begins.
  func end(ofSpan index: Int) -> SegmentEnd {
    let last = index + 1 < spans.count ? spans[index + 1].segment.header.base.offset : durable.offset
    return SegmentEnd(offset: last, position: spans[index].endPosition)
  }

  /// Notes that a sealed segment was read or written, and lets go of the index of one for which that is longer ago. The last
  /// segment's index grows as it is written.
  mutating func noteIndexed(_ segment: Segment, _ options: DiskLogOptions) {
    guard segment !== spans.last?.segment, !indexed.contains(where: { $0 === segment }) else { return }
    indexed.append(segment)
    if indexed.count > options.indexedSegmentsMax { indexed.removeFirst().forgetIndex() }
  }

  /// Notes that something was read that isn't what was written.
  mutating func note(_ found: LogDamage) {
    guard damage.map({ found.offset < $0.offset }) ?? true else { return }
    damage = found
    isUntold = true
  }
}
