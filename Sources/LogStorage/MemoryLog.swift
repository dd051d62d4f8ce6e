import Locking
public import ReplicationCore

/// A log in memory: gone with the process, durable at once.
///
/// Entries lie encoded in chunks, each with the positions of its entries, so that a read is a search over few chunks and
/// one copy. Any thread may call it.
public final class MemoryLog: Log {
  /// Consecutive entries in one piece of memory.
  fileprivate struct Chunk {
    let first: Offset
    var bytes: [UInt8] = []
    /// Where each entry begins in `bytes`.
    var positions: [UInt32] = []

    /// New entries go to the next chunk when this is reached.
    static let bytesMax = 1 << 20

    var last: Offset { Offset(first.rawValue + UInt64(positions.count) - 1) }

    func index(of offset: Offset) -> Int { Int(offset.rawValue - first.rawValue) }

    /// Where the entry at `offset` begins; the end of the bytes for the offset after the last.
    func position(of offset: Offset) -> Int {
      let index = index(of: offset)
      return index < positions.count ? Int(positions[index]) : bytes.count
    }
  }

  fileprivate struct State {
    var chunks: [Chunk] = []
    var durable = Offset.zero
    var generation: UInt64 = 0
    var observer: (@Sendable (Offset) -> Void)?

    var last: Offset { chunks.last?.last ?? .zero }
  }

  private let state = Locked(State())

  /// An empty log.
  public init() {}

  /// Where the log stands.
  public var end: LogEnd {
    state.withLock { LogEnd(last: $0.last, durable: $0.durable, generation: $0.generation) }
  }

  /// Names what `sync` tells: it does so before it returns, on the calling thread.
  public func observeDurable(_ observer: @escaping @Sendable (Offset) -> Void) {
    state.withLock { $0.observer = observer }
  }

  /// Appends one entry after the last.
  public func append(payload: [UInt8], epoch: Epoch, time: UInt64) -> Offset {
    state.withLock { state in
      let offset = state.last.next
      let entry = Entry(offset: offset, epoch: epoch, time: time, payload: payload)
      state.appendEntry(at: offset, bytes: Entry.headerBytes + payload.count) { entry.encode(into: &$0) }
      return offset
    }
  }

  /// Appends entries as they are.
  public func append(_ run: EntryRun) {
    state.withLock { state in
      precondition(run.first == state.last.next, "entries from \(run.first) after \(state.last)")
      var position = 0
      run.forEach { entry in
        let size = Entry.headerBytes + entry.payload.count
        state.appendEntry(at: entry.offset, bytes: size) { $0 += run.bytes[position..<position + size] }
        position += size
      }
    }
  }

  /// In memory, durable is what is there.
  public func sync() {
    let (observer, durable) = state.withLock { state in
      state.durable = state.last
      return (state.observer, state.durable)
    }
    observer?(durable)
  }

  /// Forgets every entry.
  public func removeAll() {
    state.withLock { state in
      state.chunks = []
      state.durable = .zero
      state.generation += 1
    }
  }

  /// The epoch of the entry at `offset`.
  public func epoch(at offset: Offset) -> Epoch? {
    if offset == .zero { return Epoch.none }
    return state.withLock { state in
      guard let index = state.chunkIndex(of: offset) else { return nil }
      let position = state.chunks[index].position(of: offset) + 8
      return state.chunks[index].bytes.withUnsafeBytes {
        Epoch(UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: UInt64.self)))
      }
    }
  }

  /// How far a run from `first` may go: to the end of a chunk at the most.
  public func runEnd(from first: Offset, bytesMax: Int, entriesMax: Int) -> (last: Offset, bytes: Int)? {
    state.withLock { state in
      guard let index = state.chunkIndex(of: first) else { return nil }
      return state.chunks[index].runEnd(from: first, bytesMax: bytesMax, entriesMax: entriesMax)
    }
  }

  /// The entries from `first` to `last`.
  public func read(from first: Offset, through last: Offset, generation: UInt64) throws(LogWasReset) -> EntryRun {
    let bytes: [UInt8]? = state.withLock { state in
      guard state.generation == generation else { return nil }
      precondition(first > .zero && first <= last && last <= state.last, "\(first)…\(last) of \(state.last)")
      var bytes: [UInt8] = []
      var index = state.chunkIndex(of: first) ?? 0
      var begin = first
      while begin <= last {
        let chunk = state.chunks[index]
        let end = min(last, chunk.last)
        bytes += chunk.bytes[chunk.position(of: begin)..<chunk.position(of: end.next)]
        begin = end.next
        index += 1
      }
      return bytes
    }
    guard let bytes else { throw LogWasReset() }
    return EntryRun(first: first, last: last, bytes: bytes)
  }
}

extension MemoryLog.Chunk {
  /// A run ends with its chunk at the latest, so that it is one copy.
  fileprivate func runEnd(from first: Offset, bytesMax: Int, entriesMax: Int) -> (last: Offset, bytes: Int) {
    let begin = position(of: first)
    var low = index(of: first)
    var high = low + min(positions.count - low, entriesMax) - 1
    // The last entry whose end is within the limit; the first one always is.
    while low < high {
      let middle = (low + high + 1) / 2
      let end = middle + 1 < positions.count ? Int(positions[middle + 1]) : bytes.count
      if end - begin <= bytesMax { low = middle } else { high = middle - 1 }
    }
    let last = Offset(self.first.rawValue + UInt64(low))
    return (last, position(of: last.next) - begin)
  }
}

extension MemoryLog.State {
  fileprivate mutating func appendEntry(at offset: Offset, bytes size: Int, _ write: (inout [UInt8]) -> Void) {
    if chunks.last.map({ $0.bytes.count + size > MemoryLog.Chunk.bytesMax }) ?? true {
      var chunk = MemoryLog.Chunk(first: offset)
      chunk.bytes.reserveCapacity(max(size, MemoryLog.Chunk.bytesMax))
      chunks.append(chunk)
    }
    let index = chunks.count - 1
    chunks[index].positions.append(UInt32(chunks[index].bytes.count))
    write(&chunks[index].bytes)
  }

  fileprivate func chunkIndex(of offset: Offset) -> Int? {
    guard offset > .zero, offset <= last else { return nil }
    var low = 0
    var high = chunks.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if chunks[middle].first <= offset { low = middle } else { high = middle - 1 }
    }
    return low
  }
}
