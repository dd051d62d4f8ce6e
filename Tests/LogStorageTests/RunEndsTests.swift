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
    for offset in 1...UInt64(RunEnds.countMax) { ends.note(place(after: offset), generation: 0) }
    for offset in 1...UInt64(RunEnds.countMax) {
      #expect(ends.place(of: Offset(offset + 1), generation: 0) == place(after: offset))
    }
    let later = UInt64(RunEnds.countMax) + 1
    #expect(ends.place(of: Offset(later + 1), generation: 0) == nil)
    ends.note(place(after: later), generation: 0)
    #expect(ends.place(of: Offset(2), generation: 0) == nil)
    #expect(ends.place(of: Offset(3), generation: 0) == place(after: 2))
    #expect(ends.place(of: Offset(later + 1), generation: 0) == place(after: later))
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
