internal import Locking
internal import ReplicationCore

/// Beginning segments. The header of a new one says where the one before ends, whatever lies after that place in it.
extension DiskLog {
  /// Begins a new segment after the durable end, and lets entries go there.
  ///
  /// Its space is enough for all that is pending. The names of segments beyond the durable end must be gone.
  func beginSegment(_ files: inout Files) throws(FileError) {
    let (header, pendingBytes) = state.withLock { state in
      (SegmentHeader(log: state.identity.log, base: state.durable), state.pendingBytes)
    }
    let needed = SegmentHeader.bytes + pendingBytes
    var reserved = max(needed, min(options.reservePieceBytes, options.segmentBytes))
    let segment: Segment
    do throws(FileError) {
      segment = try Segment.create(header, in: fileSystem, reserving: reserved)
    } catch {
      guard error.isFull, reserved > needed else { throw error }
      try removeSegment(header.first)
      segment = try Segment.create(header, in: fileSystem, reserving: needed)
      reserved = needed
    }
    let space = reserved
    try state.withLock { state throws(FileError) in
      state.spans.append(Span(segment: segment, endPosition: SegmentHeader.bytes))
      let reservedBefore = state.reservedEnd
      state.reservedEnd = space
      // More was appended meanwhile, against the space of the segment before.
      do throws(FileError) {
        try state.reserve(to: SegmentHeader.bytes + state.pendingBytes, options)
      } catch {
        state.spans.removeLast()
        state.reservedEnd = reservedBefore
        throw error
      }
      if let sealed = state.spans.dropLast().last { state.noteIndexed(sealed.segment, options) }
      if state.failure != nil { state.isUntold = true }
      state.failure = nil
    }
    files.zeroEnd = 0
    files.rollAgainAt = 0
  }

  /// Begins the next segment if the last one is large enough. Without space for another one the last goes on growing.
  /// - Returns: false if the log can't write at the moment; then `failure` is set.
  func rollIfLarge(_ files: inout Files) -> Bool {
    let (last, durable) = state.withLock { ($0.spans.last, $0.durable) }
    guard let last, last.endPosition >= max(options.segmentBytes, files.rollAgainAt) else { return true }
    do throws(FileError) {
      // Until now nobody asked for it to be durable; from now on nobody will.
      if options.sync == .never { try last.segment.file.sync() }
    } catch {
      fail(error)
      return false
    }
    do throws(FileError) {
      try beginSegment(&files)
    } catch {
      do throws(FileError) {
        // If it came back after a loss of power, it would end the segment that goes on growing now.
        try removeSegment(durable.offset.next)
        files.rollAgainAt = last.endPosition + options.segmentBytes / 4
        return true
      } catch {
        fail(error)
        return false
      }
    }
    // The space after the last entry; if that fails, zeros stay there.
    try? last.segment.file.truncate(to: last.endPosition)
    writeMark(&files, isSynced: true)
    forgetOldSegment()
    return true
  }

  /// Lets the first segment that is one too many leave the page cache. So a log that is written fast takes its own pages again,
  /// instead of all the memory that the machine has, and fresh memory costs more than the write into it.
  private func forgetOldSegment() {
    let old = state.withLock { $0.spans.dropLast(1 + options.cachedSegmentsMax).last?.segment }
    old?.file.forgetCache()
  }

  /// Removes a segment's name, if there is one, durably.
  func removeSegment(_ first: Offset) throws(FileError) {
    do throws(FileError) {
      try fileSystem.remove(SegmentHeader.name(first: first))
    } catch {
      if !error.isMissing { throw error }
    }
    try fileSystem.syncFolder()
  }
}
