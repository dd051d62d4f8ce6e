internal import Locking
public import ReplicationCore

/// Reading: from memory what is there, from the files what is not. No file is read under a lock.
extension DiskLog {
  fileprivate enum Place<Found> {
    case found(Found)
    case file(Segment, SegmentEnd, generation: UInt64)
    case nowhere
  }

  /// The point of the entry at `offset`.
  /// - Throws: `LogReadError.damaged`; `.reset` if entries were cut meanwhile.
  public func point(at offset: Offset) throws(LogReadError) -> LogPoint? {
    let place: Place<LogPoint> = state.withLock { state in
      if let point = state.tail.point(at: offset) { return .found(point) }
      return state.file(of: offset)
    }
    switch place {
    case .found(let point): return point
    case .nowhere: return nil
    case .file(let segment, let end, let generation):
      return try reading(segment, generation) { () throws(LogReadError) in try segment.point(at: offset, end: end) }
    }
  }

  /// The list of the entry at `offset`; nil if it stands alone, or beyond the last.
  /// - Throws: `LogReadError.damaged`; `.reset` if entries were cut meanwhile.
  public func list(at offset: Offset) throws(LogReadError) -> ClosedRange<Offset>? {
    let place: Place<ClosedRange<Offset>?> = state.withLock { state in
      if offset == .zero { return .nowhere }
      if state.tail.holds(offset) { return .found(state.tail.list(at: offset)) }
      if let read = state.listRead, read.offset == offset, read.generation == state.generation {
        return .found(read.list)
      }
      return state.file(of: offset)
    }
    switch place {
    case .found(let list): return list
    case .nowhere: return nil
    case .file(let segment, let end, let generation):
      let entry = try reading(segment, generation) { () throws(LogReadError) in
        try segment.read(from: offset, through: offset, end: end)
      }
      var list: ClosedRange<Offset>?
      entry.forEach { list = $0.list }
      let found = list
      state.withLock { $0.listRead = (offset, generation, found) }
      return list
    }
  }

  /// How far a run from `first` may go: to the end of a segment, or of a piece of memory, at the most.
  /// - Throws: `LogReadError.damaged`; `.reset` if entries were cut meanwhile.
  public func runEnd(
    from first: Offset, bytesMax: Int, entriesMax: Int
  ) throws(LogReadError) -> (last: Offset, bytes: Int)? {
    guard first > .zero else { return nil }
    let place: Place<(last: Offset, bytes: Int)> = state.withLock { state in
      if let end = state.tail.runEnd(from: first, bytesMax: bytesMax, entriesMax: entriesMax) { return .found(end) }
      return state.file(of: first)
    }
    switch place {
    case .found(let end): return end
    case .nowhere: return nil
    case .file(let segment, let end, let generation):
      return try reading(segment, generation) { () throws(LogReadError) in
        try segment.runEnd(from: first, bytesMax: bytesMax, entriesMax: entriesMax, end: end)
      }
    }
  }

  /// The entries from `first` to `last`; those that come from a file were checked.
  public func read(from first: Offset, through last: Offset, generation: UInt64) throws(LogReadError) -> EntryRun {
    precondition(first > .zero && first <= last, "\(first)…\(last)")
    var bytes: [UInt8] = []
    var begin = first
    while begin <= last {
      let run = try part(from: begin, through: last, generation: generation)
      if run.first == first && run.last == last { return run }
      bytes.append(contentsOf: run.bytes)
      begin = run.last.next
    }
    return EntryRun(first: first, last: last, bytes: bytes)
  }

  /// The entries from `first` on, as many as are allowed; those that come from a file were checked.
  public func run(
    from first: Offset, through last: Offset, bytesMax: Int, entriesMax: Int, generation: UInt64
  ) throws(LogReadError) -> EntryRun {
    precondition(first > .zero && first <= last && entriesMax >= 1, "\(first)…\(last), \(entriesMax) at most")
    let place: Place<EntryRun>? = state.withLock { state in
      guard state.generation == generation else { return nil }
      precondition(last <= state.tail.last.offset, "\(first)…\(last) of \(state.tail.last)")
      guard let run = state.tail.runEnd(from: first, bytesMax: bytesMax, entriesMax: entriesMax) else {
        return state.file(of: first)
      }
      return .found(state.tail.read(from: first, through: min(last, run.last)))
    }
    return try found(place, from: first) { (segment, end) throws(LogReadError) in
      let known = state.withLock { $0.runEnds.place(of: first, generation: generation) }
      // The end of a segment is no place in the next one.
      let isHere = known.map { $0.previous.offset >= segment.header.first } ?? false
      let (entries, place) = try segment.run(
        from: first, through: min(last, end.offset), bytesMax: bytesMax, entriesMax: entriesMax,
        at: isHere ? known : nil, end: end)
      state.withLock { $0.runEnds.note(place, generation: generation) }
      return entries
    }
  }

  /// What lies in one place of the entries from `first` to `last`.
  private func part(
    from first: Offset, through last: Offset, generation: UInt64
  ) throws(LogReadError) -> EntryRun {
    let place: Place<EntryRun>? = state.withLock { state in
      guard state.generation == generation else { return nil }
      precondition(last <= state.tail.last.offset, "\(first)…\(last) of \(state.tail.last)")
      return state.tail.holds(first) ? .found(state.tail.read(from: first, through: last)) : state.file(of: first)
    }
    return try found(place, from: first) { (segment, end) throws(LogReadError) in
      try segment.read(from: first, through: min(last, end.offset), end: end)
    }
  }

  /// Entries from where they lie.
  /// - Parameters:
  ///   - place: of the entry at `first`; nil if the offsets were looked up in another generation.
  ///   - read: reads them if that is a file.
  private func found(
    _ place: Place<EntryRun>?, from first: Offset, _ read: (Segment, SegmentEnd) throws(LogReadError) -> EntryRun
  ) throws(LogReadError) -> EntryRun {
    switch place {
    case nil: throw .reset
    case .found(let run): return run
    case .nowhere: preconditionFailure("\(first) is neither in memory nor in a file")
    case .file(let segment, let end, let generation):
      return try reading(segment, generation) { () throws(LogReadError) in try read(segment, end) }
    }
  }

  /// Runs a call that reads a file. What looks damaged may have been cut in the meantime; if it was not, it is noted.
  private func reading<Result>(
    _ segment: Segment, _ generation: UInt64, _ read: () throws(LogReadError) -> Result
  ) throws(LogReadError) -> Result {
    let found: LogReadError?
    let result: Result?
    do throws(LogReadError) {
      (result, found) = (try read(), nil)
    } catch {
      (result, found) = (nil, error)
    }
    let isReset = state.withLock { state in
      guard state.generation == generation else { return true }
      if case .damaged(let damage)? = found { state.note(damage) }
      state.noteIndexed(segment, options)
      return false
    }
    if isReset { throw .reset }
    if let result { return result }
    bell.ring()
    throw found ?? .reset
  }
}

extension DiskLog.State {
  fileprivate func file<Found>(of offset: Offset) -> DiskLog.Place<Found> {
    guard let (segment, end) = span(of: offset) else { return .nowhere }
    return .file(segment, end, generation: generation)
  }
}
