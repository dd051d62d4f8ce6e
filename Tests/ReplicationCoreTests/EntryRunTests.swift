import ReplicationCore
import Testing

@Suite struct EntryRunTests {
  private func bytes(_ entries: [(offset: UInt64, epoch: UInt64)]) -> [UInt8] {
    var bytes: [UInt8] = []
    for entry in entries {
      Entry(offset: Offset(entry.offset), epoch: Epoch(entry.epoch), time: 0, payload: [1, 2]).encode(into: &bytes)
    }
    return bytes
  }

  @Test func anEntryIsItsHeaderInLittleEndianAndItsPayload() {
    let run = EntryRun(Entry(offset: Offset(0x0102), epoch: Epoch(3), time: 0x04, payload: [9, 8]))
    #expect(
      run.bytes == [2, 1, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 9, 8])
  }

  @Test func entriesOutOfOrderAreRefused() {
    for offsets in [[2, 4], [3, 2], [2, 2]] as [[UInt64]] {
      let bytes = bytes(offsets.map { (offset: $0, epoch: 1) })
      #expect(throws: WireError.self) { try EntryRun(checking: bytes, first: Offset(2), epochMax: Epoch(1)) }
    }
  }

  @Test func epochsThatFallOrAreAboveTheMastersAreRefused() {
    let falling = bytes([(offset: 1, epoch: 2), (offset: 2, epoch: 1)])
    #expect(throws: WireError.invalid("entry 2 is of epoch 1")) {
      try EntryRun(checking: falling, first: Offset(1), epochMax: Epoch(5))
    }
    let later = bytes([(offset: 1, epoch: 6)])
    #expect(throws: WireError.invalid("entry 1 is of epoch 6")) {
      try EntryRun(checking: later, first: Offset(1), epochMax: Epoch(5))
    }
  }

  @Test func whatIsAfterAnOffsetIsTheRest() throws {
    let all = bytes([(offset: 3, epoch: 1), (offset: 4, epoch: 1), (offset: 5, epoch: 2)])
    let run = try EntryRun(checking: all, first: Offset(3), epochMax: Epoch(2))
    #expect(run.count == 3)
    #expect(run.after(Offset(2)) == run)
    #expect(run.after(Offset(3)).bytes == bytes([(offset: 4, epoch: 1), (offset: 5, epoch: 2)]))
    #expect(run.after(Offset(4)).first == Offset(5))
    #expect(run.after(Offset(5)).isEmpty)
    #expect(run.epoch(at: Offset(5)) == Epoch(2))
    #expect(run.epoch(at: Offset(6)) == nil)
  }

  @Test func aRunAtTheEndOfAllOffsetsHasACount() {
    #expect(EntryRun(Entry(offset: Offset(.max), epoch: .none, time: 0, payload: [])).count == 1)
    #expect(EntryRun(first: Offset(1), last: .zero, bytes: []).count == 0)
  }
}
