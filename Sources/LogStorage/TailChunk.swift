import ReplicationCore

/// Consecutive entries in one piece of memory; never empty but when it is made.
struct TailChunk {
  let first: Offset
  private(set) var bytes: SharedBytes
  /// Where each entry begins in `bytes`.
  private(set) var positions: [UInt32] = []

  /// An empty chunk that takes in what is written into `memory` from now on.
  init(first: Offset, at memory: GrowingBytes) {
    self.first = first
    bytes = SharedBytes(endOf: memory)
  }

  /// A run as it lies in memory.
  init(_ run: EntryRun) {
    first = run.first
    bytes = run.bytes
    positions.reserveCapacity(Int(clamping: run.count))
    var position = 0
    run.forEach { entry in
      positions.append(UInt32(position))
      position += entry.encodedBytes
    }
  }

  var last: Offset { Offset(first.rawValue + UInt64(positions.count) - 1) }

  var lastPoint: LogPoint { point(at: last) }

  func index(of offset: Offset) -> Int { Int(offset.rawValue - first.rawValue) }

  /// Where the entry at `offset` begins; the end of the bytes for the offset after the last.
  func position(of offset: Offset) -> Int { begin(ofIndex: index(of: offset)) }

  /// Appends an entry.
  /// - Parameter memory: where the chunk ends, with room for the entry.
  mutating func append(_ entry: Entry, to memory: GrowingBytes, after previous: LogPoint) -> LogPoint {
    precondition(bytes.isFollowed(by: memory), "the chunk from \(first) doesn't end here")
    positions.append(UInt32(bytes.count))
    defer { bytes.grow() }
    return memory.append(entry.encodedBytes) { entry.encode(to: $0, after: previous) }
  }

  /// Appends the first one of some entries, and as many more as there is room for.
  /// - Parameters:
  ///   - entries: whole, at least one.
  ///   - memory: where the chunk ends, with room for the first entry.
  /// - Returns: how many bytes it took, and the point of the last one.
  mutating func append(
    from entries: UnsafeRawBufferPointer, to memory: GrowingBytes
  ) -> (bytes: Int, last: LogPoint) {
    precondition(bytes.isFollowed(by: memory), "the chunk from \(first) doesn't end here")
    var taken = 0
    var last = LogPoint(beginning: .none)
    var rest = entries
    while let entry = try? EntryView(startOf: rest), taken + entry.encodedBytes <= memory.room {
      positions.append(UInt32(bytes.count + taken))
      last = entry.point
      taken += entry.encodedBytes
      rest = UnsafeRawBufferPointer(rebasing: entries[taken...])
    }
    memory.append(taken) { $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: entries[..<taken])) }
    bytes.grow()
    return (taken, last)
  }

  /// The bytes of the entries from `first` to `last`, both of which must be in the chunk.
  func bytes(from first: Offset, through last: Offset) -> SharedBytes {
    bytes[position(of: first)..<position(of: last.next)]
  }

  func point(at offset: Offset) -> LogPoint { entry(at: offset, \.point) }

  /// The list of the entry at `offset`, nil if it stands alone.
  func list(at offset: Offset) -> ClosedRange<Offset>? { entry(at: offset, \.list) }

  private func entry<Value>(at offset: Offset, _ value: (EntryView) -> Value) -> Value {
    bytes.withUnsafeBytes { raw in
      let rest = UnsafeRawBufferPointer(rebasing: raw[position(of: offset)...])
      guard let entry = try? EntryView(startOf: rest) else {
        preconditionFailure("no entry \(offset) in the chunk from \(first)")
      }
      return value(entry)
    }
  }

  /// A run ends with its chunk at the latest, so that it is one piece of memory.
  func runEnd(from first: Offset, bytesMax: Int, entriesMax: Int) -> (last: Offset, bytes: Int) {
    let begin = position(of: first)
    var low = index(of: first)
    var high = low + min(positions.count - low, entriesMax) - 1
    // The last entry whose end is within the limit; the first one always is.
    while low < high {
      let middle = (low + high + 1) / 2
      if self.begin(ofIndex: middle + 1) - begin <= bytesMax { low = middle } else { high = middle - 1 }
    }
    return (Offset(self.first.rawValue + UInt64(low)), self.begin(ofIndex: low + 1) - begin)
  }

  /// Takes out every entry after `offset`, which must be in the chunk.
  /// - Returns: how many bytes went.
  mutating func cut(after offset: Offset) -> Int {
    let end = position(of: offset.next)
    let cut = bytes.count - end
    bytes.cut(to: end)
    positions.removeSubrange((index(of: offset) + 1)...)
    return cut
  }

  private func begin(ofIndex index: Int) -> Int { index < positions.count ? Int(positions[index]) : bytes.count }
}
