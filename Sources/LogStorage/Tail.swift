import ReplicationCore

/// The last part of a log in memory: encoded entries in chunks, each with the positions of its entries, so that a read is a
/// search over few chunks. What is read shares the memory with the tail (`SharedBytes`): it is neither changed nor moved.
///
/// Invariant: the entries have the offsets `base.offset` + 1 … `last.offset`, and continue the history of `base`.
struct Tail {
  /// The point before the first entry held.
  private(set) var base: LogPoint
  /// The point of the last entry.
  private(set) var last: LogPoint
  /// The size of all entries held.
  private(set) var bytes = 0
  private var chunks: [TailChunk] = []
  /// Where the next entry is written.
  private var memory = GrowingBytes(capacity: 0)
  /// See `init`.
  let pieceBytes: Int

  /// A run of so many bytes stays where it lies, in the body of a request for example. Shorter ones are copied together, since a
  /// batch ends with its chunk.
  private var adoptedBytesMin: Int { pieceBytes / 2 }

  /// An empty tail.
  /// - Parameters:
  ///   - base: the point that it goes on after.
  ///   - pieceBytes: the size of the memory that entries are written into, one piece after the other; one larger entry has a
  ///     piece of its own.
  init(after base: LogPoint, pieceBytes: Int = 1 << 20) {
    self.base = base
    last = base
    self.pieceBytes = pieceBytes
  }

  /// Whether the entry at `offset` is held here.
  func holds(_ offset: Offset) -> Bool { offset > base.offset && offset <= last.offset }

  /// Encodes one entry after the last.
  mutating func append(_ content: Entry.Content, epoch: Epoch, time: UInt64) -> Offset {
    precondition(epoch >= last.epoch, "an entry of epoch \(epoch) after \(last)")
    let entry = Entry(content, offset: last.offset.next, epoch: epoch, time: time)
    let index = makeRoom(forBytes: entry.encodedBytes)
    last = chunks[index].append(entry, to: memory, after: last)
    bytes += entry.encodedBytes
    return entry.offset
  }

  /// Appends entries as they are. The entries of a run were checked together, so that the first one tells whether they
  /// continue the history.
  mutating func append(_ run: EntryRun) {
    guard !run.isEmpty else { return }
    run.bytes.withUnsafeBytes { raw in
      precondition((try? EntryView(startOf: raw).check(after: last)) != nil, "\(run.first) does not continue \(last)")
    }
    bytes += run.bytes.count
    if run.bytes.count >= adoptedBytesMin {
      let chunk = TailChunk(run)
      last = chunk.lastPoint
      chunks.append(chunk)
    } else {
      run.bytes.withUnsafeBytes { copy($0) }
    }
    precondition(last.offset == run.last, "a run of broken entries: \(run.first)…\(run.last)")
  }

  private mutating func copy(_ entries: UnsafeRawBufferPointer) {
    var rest = entries
    while let first = try? EntryView(startOf: rest) {
      let index = makeRoom(forBytes: first.encodedBytes)
      let taken = chunks[index].append(from: rest, to: memory)
      last = taken.last
      rest = UnsafeRawBufferPointer(rebasing: rest[taken.bytes...])
    }
  }

  /// The point of the entry at `offset`, of `base` too; nil where nothing is held.
  func point(at offset: Offset) -> LogPoint? {
    if offset == last.offset { return last }
    if offset == base.offset { return base }
    return chunkIndex(of: offset).map { chunks[$0].point(at: offset) }
  }

  /// The list of an entry that is held, nil if it stands alone.
  func list(at offset: Offset) -> ClosedRange<Offset>? {
    chunkIndex(of: offset).flatMap { chunks[$0].list(at: offset) }
  }

  /// How far a run from `first` may go: to the end of a chunk at the most. Nil where nothing is held.
  func runEnd(from first: Offset, bytesMax: Int, entriesMax: Int) -> (last: Offset, bytes: Int)? {
    chunkIndex(of: first).map { chunks[$0].runEnd(from: first, bytesMax: bytesMax, entriesMax: entriesMax) }
  }

  /// The entries from `first` to `last`, all of which must be held.
  func read(from first: Offset, through last: Offset) -> EntryRun {
    guard first <= last, last <= self.last.offset, var index = chunkIndex(of: first) else {
      preconditionFailure("\(first)…\(last) of (\(base), \(self.last)]")
    }
    if last <= chunks[index].last {
      return EntryRun(first: first, last: last, bytes: chunks[index].bytes(from: first, through: last))
    }
    var bytes: [UInt8] = []
    var begin = first
    while begin <= last {
      let end = min(last, chunks[index].last)
      bytes.append(contentsOf: chunks[index].bytes(from: begin, through: end))
      begin = end.next
      index += 1
    }
    return EntryRun(first: first, last: last, bytes: bytes)
  }

  /// The size of the entries after `offset`, which is at least that of `base`.
  func bytes(after offset: Offset) -> Int {
    var bytes = 0
    for chunk in chunks.reversed() {
      guard chunk.first <= offset else {
        bytes += chunk.bytes.count
        continue
      }
      return bytes + chunk.bytes.count - chunk.position(of: min(offset, chunk.last).next)
    }
    return bytes
  }

  /// The entries from `first` to the end of their chunk, as one piece to write.
  func piece(from first: Offset) -> TailPiece? {
    guard let index = chunkIndex(of: first) else { return nil }
    let chunk = chunks[index]
    let positions = chunk.positions[chunk.index(of: first)...]
    // The last chunk goes on growing: if its positions were shared, the next append would copy all of them.
    return TailPiece(
      first: first, last: chunk.lastPoint, bytes: chunk.bytes(from: first, through: chunk.last),
      positions: index == chunks.count - 1 ? ArraySlice(Array(positions)) : positions)
  }

  /// Forgets whole chunks from the front, none with an entry after `offset`, as long as so many bytes stay.
  mutating func drop(through offset: Offset, downTo bytesMin: Int) {
    var dropped = 0
    while dropped < chunks.count, chunks[dropped].last <= offset, bytes - chunks[dropped].bytes.count >= bytesMin {
      bytes -= chunks[dropped].bytes.count
      base = chunks[dropped].lastPoint
      dropped += 1
    }
    chunks.removeFirst(dropped)
  }

  /// Takes out every entry after `point`, which must be a point of this history, if an earlier one than is held here.
  mutating func cut(after point: LogPoint) {
    guard point.offset > base.offset else { return self = Tail(after: point, pieceBytes: pieceBytes) }
    while let chunk = chunks.last, chunk.first > point.offset {
      bytes -= chunk.bytes.count
      chunks.removeLast()
    }
    if let index = chunkIndex(of: point.offset) {
      bytes -= chunks[index].cut(after: point.offset)
    }
    last = point
  }

  /// The chunk that takes the next entry: the last one, if it ends where that is written, else a new one.
  private mutating func makeRoom(forBytes size: Int) -> Int {
    if memory.room < size { memory = GrowingBytes(capacity: max(size, pieceBytes)) }
    if chunks.isEmpty || !chunks[chunks.count - 1].bytes.isFollowed(by: memory) {
      chunks.append(TailChunk(first: last.offset.next, at: memory))
    }
    return chunks.count - 1
  }

  private func chunkIndex(of offset: Offset) -> Int? {
    guard holds(offset) else { return nil }
    var low = 0
    var high = chunks.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if chunks[middle].first <= offset { low = middle } else { high = middle - 1 }
    }
    return low
  }
}

/// Entries on their way from memory to a file.
struct TailPiece {
  /// The offset of the first.
  let first: Offset
  /// The point of the last.
  let last: LogPoint
  /// As they are to be written.
  let bytes: SharedBytes
  /// Where each begins, on the scale on which the first one begins at `positions.first`.
  let positions: ArraySlice<UInt32>
}
