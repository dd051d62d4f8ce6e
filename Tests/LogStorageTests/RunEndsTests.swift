@testable import LogStorage
import ReplicationCore
import Testing

@Suite struct RunEndsTests {
  private func place(after offset: UInt64) -> RunEnds.Place {
    RunEnds.Place(
      position: Int(offset) * 100, previous: LogPoint(offset: Offset(offset), epoch: Epoch(1), hash: offset))
  }

  @Test func theLatestPlacesAreKnownAndTheOldestForgotten() {
    var ends = RunEnds()
    for offset in 1...UInt64(RunEnds.countMax) + 1 { ends.note(place(after: offset), generation: 0) }
    #expect(ends.place(of: Offset(2), generation: 0) == nil)
    #expect(ends.place(of: Offset(3), generation: 0) == place(after: 2))
    #expect(ends.place(of: Offset(18), generation: 0) == place(after: 17))
    #expect(ends.place(of: Offset(19), generation: 0) == nil)
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
