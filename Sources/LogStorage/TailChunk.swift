import ReplicationCore

/// Consecutive entries in one piece of memory; never empty but when it is made.
struct TailChunk {
  let first: Offset
  private(set) var bytes: [UInt8] = []
  /// Where each entry begins in `bytes`.
  private(set) var positions: [UInt32] = []

  /// New entries go to the next chunk when this is reached.
  static let bytesMax = 1 << 20

  init(first: Offset, bytesReserved: Int) {
    self.first = first
    bytes.reserveCapacity(bytesReserved)
  }

  var last: Offset { Offset(first.rawValue + UInt64(positions.count) - 1) }

  var lastPoint: LogPoint { point(at: last) }

  func index(of offset: Offset) -> Int { Int(offset.rawValue - first.rawValue) }

  /// Where the entry at `offset` begins; the end of the bytes for the offset after the last.
  func position(of offset: Offset) -> Int { begin(ofIndex: index(of: offset)) }

  mutating func append(_ entry: Entry, after previous: LogPoint) -> LogPoint {
    positions.append(UInt32(bytes.count))
    return entry.encode(into: &bytes, after: previous)
  }

  /// Appends the first one of some entries, and as many more as there is room for.
  /// - Parameter entries: whole, at least one.
  /// - Returns: how many bytes it took, and the point of the last one.
  mutating func append(from entries: UnsafeRawBufferPointer) -> (bytes: Int, last: LogPoint) {
    var taken = 0
    var last = LogPoint(beginning: .none)
    var rest = entries
    while let entry = try? EntryView(startOf: rest),
      taken == 0 || bytes.count + taken + entry.encodedBytes <= Self.bytesMax
    {
      positions.append(UInt32(bytes.count + taken))
      last = entry.point
      taken += entry.encodedBytes
      rest = UnsafeRawBufferPointer(rebasing: entries[taken...])
    }
    bytes.append(contentsOf: entries[..<taken])
    return (taken, last)
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

  /// A run ends with its chunk at the latest, so that it is one copy.
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
    bytes.removeSubrange(end...)
    positions.removeSubrange((index(of: offset) + 1)...)
    return cut
  }

  private func begin(ofIndex index: Int) -> Int { index < positions.count ? Int(positions[index]) : bytes.count }
}
