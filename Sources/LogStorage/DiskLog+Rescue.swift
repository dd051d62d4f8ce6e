internal import Locking
internal import ReplicationCore

/// Going on after a failed write or sync. After it nobody knows what of the file is on the disk, and another sync of it would
/// say nothing; so the file is left as it is, and what is pending goes from memory into a new one.
extension DiskLog {
  /// Begins a new segment after the durable end, once the last one is proven to be whole up to there.
  /// - Returns: whether the trouble is over.
  func rescue(_ files: inout Files) -> Bool {
    do throws(FileError) {
      guard try reopenLast() else { return false }
      try takeOffDisk(&files)
      try beginSegment(&files)
      files.isRescued = true
      return true
    } catch {
      fail(error)
      return false
    }
  }

  /// Opens the last segment that has durable entries anew, reads all of them and checks that they are those that were written.
  /// - Returns: whether they are; if not, the damage is noted.
  private func reopenLast() throws(FileError) -> Bool {
    let (last, durable) = state.withLock { state in
      // One without a durable entry is not needed: its name goes, and the next one has the same.
      while let span = state.spans.last, span.segment.header.base.offset >= state.durable.offset {
        state.spans.removeLast()
      }
      return (state.spans.last, state.durable)
    }
    guard let last else { return true }
    let name = last.segment.name
    let segment: Segment
    let scan: SegmentScanEnd
    do throws(StorageError) {
      segment = try Segment.open(name, in: fileSystem, isWritable: true)
      // After a failed sync the cache may hold what the disk doesn't.
      segment.file.forgetCache()
      scan = try StorageError.wrapping { () throws(FileError) in try segment.scan(upTo: durable.offset) }
    } catch {
      if case .file(let error) = error { throw error }
      return noteDamage(last.segment.header.first, in: name, position: 0, "\(error)")
    }
    guard scan.cause == .limit, scan.point == durable else {
      segment.close()
      return noteDamage(scan.point.offset.next, in: name, position: scan.position, "\(scan.cause)")
    }
    state.withLock { $0.spans[$0.spans.count - 1] = Span(segment: segment, endPosition: scan.position) }
    return true
  }

  private func noteDamage(_ offset: Offset, in name: String, position: Int, _ reason: String) -> Bool {
    let damage = LogDamage(file: name, position: position, offset: offset, reason: reason)
    state.withLock { $0.note(damage) }
    return false
  }

  /// Takes away the names of all segments beyond the durable end, durably and from the last to the first, so that a crash
  /// leaves no gap.
  func clearBeyondEnd(_ files: inout Files) throws(FileError) {
    let (end, epoch) = state.withLock { ($0.durable.offset, $0.identity.promise.epoch) }
    // A change of a name that could not be synced before is not seen here, and still to be synced.
    try fileSystem.syncFolder()
    let names = try fileSystem.names()
    for name in FolderContent.segments(names).reversed() {
      guard let first = SegmentHeader.first(ofName: name), first > end else { break }
      if files.isCutUnfinished {
        try fileSystem.rename(name, to: AsideName.unused(among: names, epoch: epoch, first: first))
      } else {
        try fileSystem.remove(name)
      }
      try fileSystem.syncFolder()
    }
  }
}
