internal import Locking
internal import ReplicationCore

/// Reading by offset. Any thread.
///
/// `end` says what of the file belongs to the log. When entries are cut while somebody reads, what is read may look
/// damaged: the log's generation, looked at after the failure, tells the difference.
extension Segment {
  /// How much a search over headers reads at once.
  private static let searchBytes = SparseIndex.spacing + 4096
  /// How much a walk over the headers of a run reads at once.
  private static let walkBytes = 64 << 10

  /// The point of an entry, which is read and checked for it; that before the first entry comes from the header.
  /// - Parameter offset: from the base's to `end.offset`.
  /// - Throws: `LogReadError.damaged`.
  func point(at offset: Offset, end: SegmentEnd) throws(LogReadError) -> LogPoint {
    if offset == header.base.offset { return header.base }
    let (_, last) = try checkedBytes(from: offset, through: offset, end: end)
    return last
  }

  /// How far a run from `first` may go within this segment.
  /// - Parameters:
  ///   - first: from the segment's first to `end.offset`.
  ///   - bytesMax: what the run's bytes may come to; one entry is always allowed.
  ///   - entriesMax: at least 1.
  /// - Returns: the last offset of such a run and its size.
  /// - Throws: `LogReadError.damaged`.
  func runEnd(
    from first: Offset, bytesMax: Int, entriesMax: Int, end: SegmentEnd
  ) throws(LogReadError) -> (last: Offset, bytes: Int) {
    precondition(first >= header.first && first <= end.offset && entriesMax >= 1, "\(first) of \(header.base)…\(end)")
    return try checking(end) { () throws(SearchFailure) in
      let stepBytes = max(Self.searchBytes, min(bytesMax, Self.walkBytes))
      let window = FileWindow(self.file, end: end.position, stepBytes: stepBytes)
      let begin = try self.place(of: first, in: window, end: end).position
      let lastMax = Offset(min(end.offset.rawValue, first.rawValue.addingClamped(UInt64(entriesMax) - 1)))
      var walk = Walk(offset: first, position: begin)
      try walk.step(in: window)
      while walk.offset <= lastMax {
        var next = walk
        try next.step(in: window)
        guard next.position - begin <= bytesMax else { break }
        walk = next
      }
      return (walk.offset.previous, walk.position - begin)
    }
  }

  /// The entries from `first` to `last`, each checked, and that they are one history.
  /// - Parameters:
  ///   - first: at least the segment's first.
  ///   - last: at least `first`, at most `end.offset`.
  /// - Throws: `LogReadError.damaged`, which names the first place in this file that isn't what was written.
  func read(from first: Offset, through last: Offset, end: SegmentEnd) throws(LogReadError) -> EntryRun {
    EntryRun(first: first, last: last, bytes: try checkedBytes(from: first, through: last, end: end).bytes)
  }

  /// The entries from `first` on, found, checked and read in one pass: as many as are allowed.
  /// - Parameters:
  ///   - first: at least the segment's first.
  ///   - last: at least `first`, at most `end.offset`.
  ///   - bytesMax: what their bytes may come to; one entry is always allowed.
  ///   - entriesMax: at least 1.
  ///   - known: the place of the first one in this segment; searched, if nil.
  /// - Returns: the entries, and the place behind them.
  /// - Throws: `LogReadError.damaged`, which names the first place in this file that isn't what was written.
  func run(
    from first: Offset, through last: Offset, bytesMax: Int, entriesMax: Int, at known: RunEnds.Place? = nil,
    end: SegmentEnd
  ) throws(LogReadError) -> (entries: EntryRun, end: RunEnds.Place) {
    precondition(first <= last && entriesMax >= 1, "\(first)…\(last), \(entriesMax) at most")
    let last = Offset(min(last.rawValue, first.rawValue.addingClamped(UInt64(entriesMax) - 1)))
    let count = Int(last.rawValue - first.rawValue) + 1
    return try checking(end) { () throws(SearchFailure) in
      let begin: RunEnds.Place
      if let known {
        begin = known
      } else {
        let window = FileWindow(self.file, end: end.position, stepBytes: Self.searchBytes)
        begin = try self.place(of: first, in: window, end: end)
      }
      let there = end.position - begin.position
      let guess = 2 * Entry.headerBytes
      var wanted = min(there, count < bytesMax / guess ? count * guess : bytesMax)
      var bytes = try self.content(at: begin.position, count: wanted)
      var walk = EntryWalk(after: begin.previous)
      while true {
        let stop = bytes.withUnsafeBytes { walk.take($0, through: last, bytesMax: bytesMax) }
        if stop == .done {
          let entries = EntryRun(first: first, last: walk.point.offset, bytes: bytes[0..<walk.bytesTaken])
          return (entries, RunEnds.Place(position: begin.position + walk.bytesTaken, previous: walk.point))
        }
        guard case .needs(let needed) = stop, needed <= there, bytes.count == wanted else { throw .inconsistent }
        wanted = min(there, max(needed, min(bytesMax, 2 * wanted)))
        bytes = try self.content(at: begin.position, count: wanted, beginningWith: bytes)
      }
    }
  }

  /// What lies at a place of the file.
  /// - Parameters:
  ///   - count: how many bytes; there are fewer only where the file ends.
  ///   - known: those with which they begin, which were read already.
  private func content(
    at position: Int, count: Int, beginningWith known: SharedBytes? = nil
  ) throws(SearchFailure) -> SharedBytes {
    let memory = GrowingBytes(capacity: count)
    known?.withUnsafeBytes { known in memory.append(known.count) { $0.copyMemory(from: known) } }
    let knownBytes = memory.count
    do throws(FileError) {
      let bytesRead = try memory.append(memory.room) { (room) throws(FileError) in
        let count = try file.read(into: room, at: position + knownBytes)
        // Memory that is handed on holds nothing by chance, although nobody is told of what is behind the file's end.
        UnsafeMutableRawBufferPointer(rebasing: room[count...]).initializeMemory(as: UInt8.self, repeating: 0)
        return count
      }
      return SharedBytes(memory)[0..<knownBytes + bytesRead]
    } catch {
      throw .file(error)
    }
  }

  private func checkedBytes(
    from first: Offset, through last: Offset, end: SegmentEnd
  ) throws(LogReadError) -> (bytes: [UInt8], lastPoint: LogPoint) {
    precondition(
      first >= header.first && first <= last && last <= end.offset, "\(first)…\(last) of \(header.base)…\(end)")
    return try checking(end) { () throws(SearchFailure) in
      let window = FileWindow(self.file, end: end.position, stepBytes: Self.searchBytes)
      let place = try self.place(of: first, in: window, end: end)
      let (begin, previous) = (place.position, place.previous)
      let stop = try self.place(of: last.next, in: window, end: end).position
      let bytes: [UInt8]
      do throws(FileError) { bytes = try self.file.read(stop - begin, at: begin) } catch { throw .file(error) }
      var walk = EntryWalk(after: previous)
      let ending = bytes.withUnsafeBytes { walk.take($0, through: last, bytesMax: .max) }
      guard ending == .done, walk.bytesTaken == bytes.count else { throw .inconsistent }
      return (bytes, walk.point)
    }
  }

  // MARK: Finding a place

  /// Why a search ended without what it looked for.
  private enum SearchFailure: Error {
    case file(FileError)
    /// What lies there is not entries one after the other.
    case inconsistent
  }

  /// A place between two entries, moved on over the headers.
  private struct Walk {
    /// The entry that begins here.
    var offset: Offset
    var position: Int
    /// What the entry before says it is.
    var previous: LogPoint?

    mutating func step(in window: FileWindow) throws(SearchFailure) {
      let head: UnsafeRawBufferPointer
      do throws(FileError) { head = try window.bytes(at: position, count: Entry.headerBytes) } catch {
        throw .file(error)
      }
      guard let header = EntryHeader(head), header.point.offset == offset,
        header.encodedBytes <= window.end - position
      else { throw .inconsistent }
      position += header.encodedBytes
      offset = offset.next
      previous = header.point
    }
  }

  /// Where an entry begins, and the point of the one before: from the nearest mark at or before that one, over the
  /// headers.
  /// - Parameter offset: from the segment's first to the one after `end.offset`.
  private func place(
    of offset: Offset, in window: FileWindow, end: SegmentEnd
  ) throws(SearchFailure) -> RunEnds.Place {
    if offset == header.first { return RunEnds.Place(position: SegmentHeader.bytes, previous: header.base) }
    var walk = try mark(before: offset, end: end)
    while walk.offset < offset { try walk.step(in: window) }
    guard let previous = walk.previous else { preconditionFailure("a mark not before \(offset)") }
    return RunEnds.Place(position: walk.position, previous: previous)
  }

  private func mark(before offset: Offset, end: SegmentEnd) throws(SearchFailure) -> Walk {
    let target = offset.previous
    let (nearest, isLast, coveredTo) = index.withLock { index in
      let (mark, isLast) = index.nearest(to: target)
      return (mark, isLast, index.coveredTo)
    }
    if isLast, end.position - coveredTo > 2 * SparseIndex.spacing {
      extendIndex(to: end)
      let mark = index.withLock { $0.nearest(to: target).mark }
      return Walk(offset: mark.offset, position: mark.position)
    }
    return Walk(offset: nearest.offset, position: nearest.position)
  }

  /// Finds the marks that are missing, in one pass over the headers from the last mark on, as far as they lead.
  ///
  /// The lock is not held while reading: two readers may do the same work once, and the first's result is taken.
  private func extendIndex(to end: SegmentEnd) {
    let (last, generation) = index.withLock { ($0.marks.last ?? $0.origin, $0.generation) }
    let window = FileWindow(file, end: end.position, stepBytes: Self.scanBytes)
    var found: [SparseIndex.Mark] = []
    var walk = Walk(offset: last.offset, position: last.position)
    while walk.offset <= end.offset {
      let mark = SparseIndex.Mark(offset: walk.offset, position: walk.position)
      // Who reads what can't be walked over finds out; what comes before is found all the same.
      do throws(SearchFailure) { try walk.step(in: window) } catch { break }
      if mark.position - (found.last ?? last).position >= SparseIndex.spacing { found.append(mark) }
    }
    let marks = found
    let coveredTo = walk.offset > end.offset ? end.position : walk.position
    index.withLock { $0.take(marks, from: last, coveredTo: coveredTo, generation: generation) }
  }

  // MARK: Damage

  /// Runs a search, and says where the damage is when it finds some.
  private func checking<Result>(
    _ end: SegmentEnd, _ search: () throws(SearchFailure) -> Result
  ) throws(LogReadError) -> Result {
    do throws(SearchFailure) {
      return try search()
    } catch {
      throw .damaged(damage(before: end, after: error))
    }
  }

  /// The first place that isn't what was written: the search only knows that there is one, and the size or number it
  /// stumbled over may lie long before.
  private func damage(before end: SegmentEnd, after failure: SearchFailure) -> LogDamage {
    var position = SegmentHeader.bytes
    var point = header.base
    var reason: String
    do throws(FileError) {
      let scanned = try scan(upTo: end.offset) { entry, begin in
        position = begin + entry.encodedBytes
        point = entry.point
        return true
      }
      reason = scanned.cause == .limit ? "it could not be read a moment ago, and now it can" : scanned.reason
    } catch {
      reason = "\(error)"
    }
    if case .file(let error) = failure { reason = "\(error)" }
    return LogDamage(file: name, position: position, offset: point.offset.next, reason: reason)
  }
}

extension UInt64 {
  /// The sum, or the largest number if it is beyond that.
  fileprivate func addingClamped(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
