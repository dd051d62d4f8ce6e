internal import Locking
public import ReplicationCore

/// Taking out entries. What was durable is set aside in files of its own; what was not is dropped.
extension DiskLog {
  /// How much is copied at once.
  private static let copyBytes = 1 << 20

  /// Takes out every entry after `offset`, and damage that begins after it. Waits for a commit that is under way.
  ///
  /// 1. What follows in the same segment is copied to an aside file, durably.
  /// 2. The durable mark is lowered: what follows is no longer missed. Then the entries are gone for readers.
  /// 3. Later segments are renamed to aside files, from the last to the first, and a new segment begins.
  ///
  /// A crash leaves all entries, or none, or those of the first segments.
  /// - Throws: `LogRefusal.failing` or `.full`: in the steps up to 2 nothing has changed; in step 3, and when nothing durable
  ///   was to be cut, the entries are out (`end` tells), a crash may bring them back until the storage thread has finished
  ///   the rest, and before that nothing is appended. `.damaged` if the damage is not after
  ///   `offset`, so that nobody can tell where to cut.
  public func cut(after offset: Offset) throws(LogRefusal) {
    defer { bell.ring() }
    try files.withLock { files throws(LogRefusal) in
      guard !files.isClosed else { throw .failing("the log is closed") }
      guard let point = try foundPoint(at: offset) else { return }
      let isInFiles = state.withLock { state in
        offset < state.durable.offset || state.damage.map { $0.offset > offset } ?? false
      }
      guard isInFiles else { return try cutPending(after: point, &files) }
      do throws(FileError) {
        try cutFiles(after: point, &files)
      } catch {
        throw error.isFull ? .full(bytesNeeded: SegmentHeader.bytes) : .failing(error.description)
      }
    }
  }

  private func foundPoint(at offset: Offset) throws(LogRefusal) -> LogPoint? {
    do throws(LogReadError) {
      return try point(at: offset)
    } catch {
      switch error {
      case .damaged(let damage): throw .damaged(damage)
      case .reset: preconditionFailure("a cut during another one")
      }
    }
  }

  private func cutPending(after point: LogPoint, _ files: inout Files) throws(LogRefusal) {
    let failure = state.withLock { state -> FileError? in
      guard point.offset < state.tail.last.offset else { return nil }
      state.cut(after: point, position: nil)
      return state.failure
    }
    guard let failure else { return }
    // Some of them may be in the file that failed.
    files.isCutUnfinished = true
    if !rescue(&files) { throw .failing(failure.description) }
  }

  private func cutFiles(after point: LogPoint, _ files: inout Files) throws(FileError) {
    let kept = try keptPlace(upTo: point)
    if let kept, options.sync == .never { try syncOrFail(kept.segment) }
    try dropIgnored(from: kept?.segment.header.first ?? Offset(1))
    let aside = if let kept { try setAside(after: point, in: kept) } else { String?.none }
    let mark = DurableMark(
      point: point, segment: kept?.segment.header.first ?? Offset(1), position: kept?.position ?? SegmentHeader.bytes,
      commit: commitKnown)
    // Both slots: should one of them be damaged, the other one must not speak of entries that are gone.
    do throws(FileError) {
      for _ in 0..<2 {
        try files.mark.write(mark)
        try files.mark.sync()
      }
    } catch {
      // It will be tried again, and copied again.
      if let aside { try? fileSystem.remove(aside) }
      throw error
    }
    files.isCutUnfinished = true
    state.withLock { state in
      if kept == nil { state.spans = [] }
      state.cut(after: point, position: kept?.position)
    }
    do throws(FileError) {
      try takeOffDisk(&files)
      try beginSegment(&files)
    } catch {
      fail(error)
      throw error
    }
  }

  /// Takes off the disk what lies beyond the durable end: later segments, then the rest of the last one.
  func takeOffDisk(_ files: inout Files) throws(FileError) {
    try clearBeyondEnd(&files)
    guard let last = state.withLock(\.spans.last) else { return files.isCutUnfinished = false }
    if files.isCutUnfinished {
      // Should an earlier sync of this file have failed: this one is for its new end, not for entries.
      try last.segment.file.truncate(to: last.endPosition)
      try last.segment.file.sync()
      files.isCutUnfinished = false
    } else {
      // Entries that failed, and reserved space: the next segment's header says that they are none.
      try? last.segment.file.truncate(to: last.endPosition)
    }
  }

  /// A segment that failed may hold entries beyond the place where the next one begins. They must be gone before the next
  /// one is, or they would be there again. So every segment is looked at that is the last one at some step of the cut.
  private func dropIgnored(from first: Offset) throws(FileError) {
    // The last one is still written to, should the cut fail, and its space is reserved.
    let later = state.withLock { state in
      state.spans.indices.dropLast().filter { state.spans[$0].segment.header.first >= first }
        .map { (segment: state.spans[$0].segment, end: state.end(ofSpan: $0)) }
    }
    for (segment, end) in later {
      let isDamaged = state.withLock { $0.damage?.file == segment.name }
      guard !isDamaged, let liveEnd = try? Self.endPosition(of: end.offset, in: segment, end) else { continue }
      guard try segment.file.size() > liveEnd else { continue }
      try segment.file.truncate(to: liveEnd)
      try segment.file.sync()
    }
  }

  private func syncOrFail(_ segment: Segment) throws(FileError) {
    do throws(FileError) {
      try segment.file.sync()
    } catch {
      fail(error)
      throw error
    }
  }

  /// The segment with the last entry that stays, and where that entry ends.
  private struct KeptPlace {
    let segment: Segment
    let position: Int
    /// Where what belongs to the log ends in it; nil if it is damaged before that.
    let liveEnd: Int?
    let end: SegmentEnd
  }

  /// - Returns: nil if no entry stays.
  private func keptPlace(upTo point: LogPoint) throws(FileError) -> KeptPlace? {
    guard point.offset > .zero, let (segment, end) = state.withLock({ $0.span(of: point.offset) }) else { return nil }
    do throws(LogReadError) {
      let position = try Self.endPosition(of: point.offset, in: segment, end)
      let isDamaged = state.withLock { $0.damage?.file == segment.name }
      let liveEnd = isDamaged ? nil : try? Self.endPosition(of: end.offset, in: segment, end)
      return KeptPlace(segment: segment, position: position, liveEnd: liveEnd, end: end)
    } catch {
      // The entry itself was read a moment ago.
      throw FileError(operation: "read", name: segment.name, code: FileError.unreadable)
    }
  }

  private static func endPosition(of offset: Offset, in segment: Segment, _ end: SegmentEnd) throws(LogReadError) -> Int
  {
    let end = SegmentEnd(offset: offset, position: end.position)
    let run = try segment.runEnd(from: segment.header.first, bytesMax: .max, entriesMax: .max, end: end)
    return SegmentHeader.bytes + run.bytes
  }

  /// Copies what follows in the same segment to an aside file: the bytes as they are, damaged or not.
  /// - Returns: the copy's name; nil if there was nothing to copy.
  private func setAside(after point: LogPoint, in kept: KeptPlace) throws(FileError) -> String? {
    let end: Int
    if let liveEnd = kept.liveEnd { end = liveEnd } else { end = try kept.segment.file.size() }
    guard end > kept.position else { return nil }
    let identity = identity
    let name = AsideName.unused(
      among: try fileSystem.names(), epoch: identity.promise.epoch, first: point.offset.next)
    let copy = try Segment.create(
      SegmentHeader(log: identity.log, base: point), named: name, in: fileSystem, reserving: 0)
    do throws(FileError) {
      try copyRest(of: kept, upTo: end, to: copy.file)
      try copy.file.sync()
      return name
    } catch {
      try? fileSystem.remove(name)
      throw error
    }
  }

  private func copyRest(of kept: KeptPlace, upTo end: Int, to file: any File) throws(FileError) {
    var position = kept.position
    while position < end {
      let count = min(Self.copyBytes, end - position)
      // What can't even be read can't be set aside.
      guard let bytes = try? kept.segment.file.read(count, at: position), !bytes.isEmpty else { return }
      try file.write(bytes, at: SegmentHeader.bytes + position - kept.position)
      position += bytes.count
    }
  }
}

extension DiskLog.State {
  /// Takes out what lies after `point`.
  /// - Parameter position: where the entry there ends in its segment; nil if only pending entries go.
  fileprivate mutating func cut(after point: LogPoint, position: Int?) {
    tail.cut(after: point)
    if point.offset < durable.offset { durable = point }
    pendingBytes = tail.bytes(after: durable.offset)
    generation += 1
    isUntold = true
    bytesWanted = nil
    if let found = damage, found.offset > point.offset { damage = nil }
    guard let position else { return }
    while let last = spans.last, last.segment.header.base.offset >= point.offset { spans.removeLast() }
    self.position = position
  }
}

extension FileError {
  /// `EIO`.
  static var unreadable: Int32 { 5 }
}
