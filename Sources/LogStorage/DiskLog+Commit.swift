internal import Locking
internal import ReplicationCore

/// Group commit: all that is pending goes into few writes and one sync. While it runs, more is appended for the next.
extension DiskLog {
  /// A commit of fewer bytes is written with zeros after it, so that the syncs that follow write no metadata.
  private static let smallCommitBytes = 64 << 10
  /// How many zeros are written ahead.
  private static let zeroMarginBytes = 256 << 10

  /// Does what there is to do on the disk: commits what is pending, and tries to end a trouble. Tells the observer.
  ///
  /// The storage thread does nothing else; without one, whoever has the log calls it. Blocks for as long as the disk takes.
  /// - Returns: whether there may be more to do at once. If not, and `trouble` is set, it is to be tried again in a second.
  @discardableResult
  public func commitOnce() -> Bool {
    let isMore = files.withLock { step(&$0) }
    tell()
    return isMore
  }

  /// Writes what is pending, unless that may wait for the disk or for another thread: a sync at a segment's end, a search for
  /// space, the end of a trouble are left to the storage thread.
  /// - Returns: whether it is written.
  func writeAtOnce() -> Bool {
    let isWritten = files.withLockIfFree { files in
      let isOnlyAWrite = state.withLock { state in
        state.hasThread && state.failure == nil && state.bytesWanted == nil && state.position < options.segmentBytes
      }
      guard isOnlyAWrite else { return false }
      _ = step(&files)
      return state.withLock { $0.failure == nil }
    }
    tell()
    return isWritten ?? false
  }

  func step(_ files: inout Files) -> Bool {
    guard !files.isClosed else { return false }
    if state.withLock({ $0.failure }) != nil { return rescue(&files) }
    findSpace()
    guard state.withLock({ $0.tail.last != $0.durable }) else {
      let (commit, isDamaged) = state.withLock { ($0.commitKnown, $0.damage != nil) }
      // The mark before damage tells that what follows it was there.
      if options.sync == .always, !isDamaged, files.commitWritten < commit { writeMark(&files) }
      return false
    }
    guard rollIfLarge(&files) else { return true }
    do throws(FileError) {
      let done = try writePending(&files)
      if options.sync == .always { try done.segment.file.sync() }
      settle(done)
      files.isRescued = false
    } catch {
      fail(error)
      // A disk that takes a new segment and then fails again is left alone for a while.
      return !files.isRescued
    }
    // In page cache only, it could be there after a loss of power and what it speaks of not.
    if options.sync == .always { writeMark(&files) }
    return true
  }

  /// Entries that were written.
  fileprivate struct Written {
    let segment: Segment
    var last: LogPoint
    var end: Int
    var bytes = 0
    var entries: UInt64 = 0
    /// Where some of them begin.
    var places: [SparseIndex.Mark] = []
  }

  /// Writes all that was pending when it began, and what came into the same piece of memory since.
  private func writePending(_ files: inout Files) throws(FileError) -> Written {
    let (start, target, reservedEnd) = state.withLock { state in
      (
        state.spans.last.map { Written(segment: $0.segment, last: state.durable, end: state.position) },
        state.tail.last.offset, state.reservedEnd
      )
    }
    guard var written = start else { preconditionFailure("pending entries and no segment") }
    while written.last.offset < target {
      guard let piece = state.withLock({ $0.tail.piece(from: written.last.offset.next) }) else {
        preconditionFailure("entry \(written.last.offset.next) is not in memory")
      }
      let end = written.end + piece.bytes.count
      if piece.bytes.count < Self.smallCommitBytes, end > files.zeroEnd {
        // The space after `reservedEnd` is nobody's yet, and may be missing.
        let zeroEnd = max(end, min(end + Self.zeroMarginBytes, reservedEnd))
        var bytes = Array(piece.bytes)
        bytes += [UInt8](repeating: 0, count: zeroEnd - end)
        try written.segment.file.write(bytes, at: written.end)
        files.zeroEnd = zeroEnd
      } else {
        try piece.bytes.withUnsafeBytes { (raw) throws(FileError) in
          try written.segment.file.write(raw, at: written.end)
        }
      }
      written.take(piece)
    }
    return written
  }

  /// Lets everybody know that entries are durable.
  private func settle(_ written: Written) {
    for place in written.places { written.segment.noteEntry(offset: place.offset, position: place.position) }
    state.withLock { state in
      state.durable = written.last
      state.position = written.end
      state.pendingBytes -= written.bytes
      state.tail.drop(through: written.last.offset, downTo: options.tailBytesMin)
      if options.sync == .always { state.counts.syncs += 1 }
      state.counts.bytes += UInt64(written.bytes)
      state.counts.entries += written.entries
      state.isUntold = true
    }
  }

  /// The disk failed: what is pending is believed to be nowhere but in memory.
  func fail(_ error: FileError) {
    state.withLock { state in
      state.failure = error
      state.isUntold = true
    }
  }

  /// Says on the disk how far the log is durable. If that fails, an older word stands, which is still true: nothing depends
  /// on it but how much is known after a crash.
  func writeMark(_ files: inout Files, isSynced: Bool = false) {
    let mark = state.withLock(\.mark)
    try? files.mark.write(mark)
    files.commitWritten = mark.commit
    if isSynced { try? files.mark.sync() }
  }

  /// After there was no space: looks whether there is some now.
  private func findSpace() {
    state.withLock { state in
      guard let bytes = state.bytesWanted, state.damage == nil else { return }
      do throws(FileError) {
        try state.reserve(to: state.position + state.pendingBytes + bytes, options)
        state.bytesWanted = nil
        state.isUntold = true
      } catch {
        if !error.isFull { state.failure = error }
      }
    }
  }
}

extension DiskLog.Written {
  fileprivate mutating func take(_ piece: TailPiece) {
    var placeNext = 0
    if let origin = piece.positions.first {
      var offset = piece.first
      for position in piece.positions {
        let distance = Int(position - origin)
        if distance >= placeNext {
          places.append(SparseIndex.Mark(offset: offset, position: end + distance))
          placeNext = distance + SparseIndex.spacing
        }
        offset = offset.next
      }
    }
    end += piece.bytes.count
    bytes += piece.bytes.count
    entries += UInt64(piece.positions.count)
    last = piece.last
  }
}

extension DiskLog.State {
  /// How far the log is durable.
  var mark: DurableMark {
    DurableMark(
      point: durable, segment: spans.last?.segment.header.first ?? Offset(1), position: position, commit: commitKnown)
  }
}
