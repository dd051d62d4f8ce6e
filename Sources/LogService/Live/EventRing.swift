import ReplicationCore

/// The events of the latest entries, encoded once for all who follow the log. The oldest make room for new ones.
///
/// Invariant: each block begins after the last entry of the one before, and all are of one generation of the log.
struct EventRing: Sendable {
  private let bytesMax: Int
  private var generation: UInt64 = 0
  /// In order; those before `head` are gone.
  private var blocks: [EventBlock?] = []
  private var head = 0
  /// What the blocks take, their own overhead included.
  private(set) var bytes = 0

  /// - Parameter bytesMax: what the blocks may take together. The latest one stays whatever its size.
  init(bytesMax: Int) {
    self.bytesMax = bytesMax
  }

  /// The block that begins with the entry at `offset`.
  func block(at offset: Offset, generation: UInt64) -> EventBlock? {
    guard let index = index(of: offset, generation), let block = blocks[index], block.first == offset else {
      return nil
    }
    return block
  }

  /// Where a block may end at most that begins at `offset`, so that the next one is found here.
  func limit(from offset: Offset, generation: UInt64) -> Offset? {
    if let index = index(of: offset, generation) { return blocks[index]?.last }
    guard generation == self.generation, head < blocks.count, let first = blocks[head]?.first, offset < first else {
      return nil
    }
    return first.previous
  }

  /// Takes in a block that continues the last one, or is newer than all: then it begins anew. Others are not for all.
  /// - Parameter isNewest: whether nothing durable comes after it.
  mutating func add(_ block: EventBlock, isNewest: Bool, generation: UInt64) {
    let end = generation == self.generation ? blocks.last??.last : nil
    if end?.next != block.first {
      guard isNewest, end.map({ $0 < block.first }) ?? true else { return }
      (blocks, head, bytes) = ([], 0, 0)
      self.generation = generation
    }
    blocks.append(block)
    bytes += block.bytes.count + Self.overheadBytes
    while bytes > bytesMax, head + 1 < blocks.count {
      bytes -= (blocks[head]?.bytes.count ?? 0) + Self.overheadBytes
      blocks[head] = nil
      head += 1
    }
    if head > 64, head > blocks.count / 2 {
      blocks.removeFirst(head)
      head = 0
    }
  }

  /// What a block takes besides its bytes: itself and its array's header.
  private static let overheadBytes = 64

  /// The block that has `offset` in it.
  private func index(of offset: Offset, _ generation: UInt64) -> Int? {
    guard generation == self.generation, head < blocks.count else { return nil }
    var (low, high) = (head, blocks.count)
    while low < high {
      let middle = (low + high) / 2
      if let last = blocks[middle]?.last, last < offset { low = middle + 1 } else { high = middle }
    }
    guard low < blocks.count, let block = blocks[low], block.first <= offset else { return nil }
    return low
  }
}
