@testable import LogStorage
import ReplicationCore
import Testing

@Suite struct RunEndsTests {
  private func place(after offset: UInt64) -> RunEnds.Place {
    RunEnds.Place(
      position: Int(offset) * 100, previous: LogPoint(offset: Offset(offset), epoch: Epoch(1), hash: offset))
  }

  @Test func aPlaceIsKnownUntilALaterOneTakesItsRoom() {
    var ends = RunEnds()
    #expect(ends.place(of: Offset(2), generation: 0) == nil)
    ends.note(place(after: 1), generation: 0)
    var later: UInt64 = 2
    while ends.place(of: Offset(2), generation: 0) == place(after: 1), later < 100_000 {
      ends.note(place(after: later), generation: 0)
      #expect(ends.place(of: Offset(later + 1), generation: 0) == place(after: later))
      later += 1
    }
    #expect(ends.place(of: Offset(2), generation: 0) == nil)
    #expect(later < 100_000, "all are known for ever")
  }

  @Test(arguments: [1, 100, 256, 1000, 1024] as [UInt64]) func readersOfPagesOfOneSizeHaveEachTheirPlace(size: UInt64) {
    var ends = RunEnds()
    for reader in 1...64 as ClosedRange<UInt64> { ends.note(place(after: reader * size), generation: 0) }
    let known = (1...64 as ClosedRange<UInt64>).count {
      ends.place(of: Offset($0 * size + 1), generation: 0) == place(after: $0 * size)
    }
    #expect(known > 32)
  }

  /// After a cut other entries may lie there.
  @Test func nothingIsKnownInAnotherGeneration() {
    var ends = RunEnds()
    ends.note(place(after: 1), generation: 0)
    #expect(ends.place(of: Offset(2), generation: 1) == nil)
    ends.note(place(after: 5), generation: 1)
    #expect(ends.place(of: Offset(2), generation: 1) == nil)
    #expect(ends.place(of: Offset(6), generation: 1) == place(after: 5))
  }
}
