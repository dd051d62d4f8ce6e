import ReplicationCore
import Testing

@Suite struct EntryRunTests {
  private static let start = LogPoint(beginning: LogID(high: 1, low: 2))

  /// Entries with these offsets and epochs, each chained to the one before, whatever its offset.
  private func bytes(after previous: LogPoint, _ entries: [(offset: UInt64, epoch: UInt64)]) -> [UInt8] {
    var bytes: [UInt8] = []
    var hash = previous.hash
    for entry in entries {
      let before = LogPoint(offset: Offset(entry.offset - 1), epoch: .none, hash: hash)
      hash =
        Entry(offset: Offset(entry.offset), epoch: Epoch(entry.epoch), time: 0, payload: [1, 2])
        .encode(into: &bytes, after: before).hash
    }
    return bytes
  }

  private func point(_ offset: UInt64, epoch: UInt64 = 0) -> LogPoint {
    LogPoint(offset: Offset(offset), epoch: Epoch(epoch), hash: 77)
  }

  @Test func anEntryIsItsHeaderInLittleEndianAndItsPayload() {
    let run = EntryRun(
      Entry(offset: Offset(0x0102), epoch: Epoch(3), time: 0x04, fields: [7], payload: [9, 8]), after: point(0x0101))
    #expect(
      Array(run.bytes[16...]) == [
        2, 0, 0, 0, 0, 1, 1, 0, 2, 1, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 7, 9, 8,
      ])
    // Checksum and running hash are told by the definition: both are made of the digest of all the rest.
    let digest = run.bytes[16...].withUnsafeBytes { XXH64.hash($0) }
    let hash = XXH64.hash(77, seed: digest)
    let checksum = XXH64.hash(hash, seed: ~digest)
    var head: [UInt8] = []
    for number in [checksum, hash] { withUnsafeBytes(of: number.littleEndian) { head += $0 } }
    #expect(Array(run.bytes[0..<16]) == head)
  }

  @Test func entriesOutOfOrderAreRefused() {
    for offsets in [[2, 4], [3, 2], [2, 2]] as [[UInt64]] {
      let bytes = bytes(after: point(1), offsets.map { (offset: $0, epoch: 1) })
      #expect(throws: WireError.self) {
        try EntryRun(checking: SharedBytes(bytes), after: point(1), epochMax: Epoch(1))
      }
    }
  }

  @Test func epochsThatFallOrAreAboveTheMastersAreRefused() {
    let falling = bytes(after: Self.start, [(offset: 1, epoch: 2), (offset: 2, epoch: 1)])
    #expect(throws: WireError.invalid("entry 2 is of epoch 1, the one before of 2")) {
      try EntryRun(checking: SharedBytes(falling), after: Self.start, epochMax: Epoch(5))
    }
    let later = bytes(after: Self.start, [(offset: 1, epoch: 6)])
    #expect(throws: WireError.invalid("entry 1 is of epoch 6")) {
      try EntryRun(checking: SharedBytes(later), after: Self.start, epochMax: Epoch(5))
    }
    let before = bytes(after: point(3, epoch: 9), [(offset: 4, epoch: 8)])
    #expect(throws: WireError.invalid("entry 4 is of epoch 8, the one before of 9")) {
      try EntryRun(checking: SharedBytes(before), after: point(3, epoch: 9), epochMax: Epoch(9))
    }
  }

  @Test func entriesOfAnotherHistoryAreRefused() {
    let run = bytes(after: point(3), [(offset: 4, epoch: 1)])
    let other = LogPoint(offset: Offset(3), epoch: .none, hash: 78)
    #expect(throws: WireError.invalid("entry 4 continues another history")) {
      try EntryRun(checking: SharedBytes(run), after: other, epochMax: Epoch(1))
    }
    #expect(LogPoint(beginning: .none) != LogPoint(beginning: LogID(high: 0, low: 1)))
  }

  @Test func everyBitOfAnEntryIsChecked() throws {
    let whole = bytes(after: Self.start, [(offset: 1, epoch: 1), (offset: 2, epoch: 1)])
    #expect(try EntryRun(checking: SharedBytes(whole), after: Self.start, epochMax: Epoch(1)).count == 2)
    for bit in 0..<whole.count * 8 {
      var spoiled = whole
      spoiled[bit / 8] ^= 1 << (bit % 8)
      #expect(throws: WireError.self) {
        try EntryRun(checking: SharedBytes(spoiled), after: Self.start, epochMax: .init(1))
      }
    }
  }

  @Test func whatIsAfterAnOffsetIsTheRest() throws {
    let all = bytes(after: point(2), [(offset: 3, epoch: 1), (offset: 4, epoch: 1), (offset: 5, epoch: 2)])
    let run = try EntryRun(checking: SharedBytes(all), after: point(2), epochMax: Epoch(2))
    #expect(run.count == 3)
    #expect(run.after(Offset(2)) == run)
    let rest = run.after(Offset(3))
    let third = try #require(run.point(at: Offset(3)))
    #expect(try EntryRun(checking: rest.bytes, after: third, epochMax: Epoch(2)) == rest)
    #expect(run.after(Offset(4)).first == Offset(5))
    #expect(run.after(Offset(5)).isEmpty)
    #expect(run.point(at: Offset(5))?.epoch == Epoch(2))
    #expect(run.point(at: Offset(6)) == nil)
    #expect(run.point(at: Offset(2)) == nil)
  }

  @Test func aRunAtTheEndOfAllOffsetsHasACount() {
    let last = Entry(offset: Offset(.max), epoch: .none, time: 0, payload: [])
    #expect(EntryRun(last, after: point(.max - 1)).count == 1)
    #expect(EntryRun.empty(after: .zero).count == 0)
  }
}
