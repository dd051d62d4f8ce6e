@testable import LogStorage
import ReplicationCore
import Testing

@Suite struct RecentRunsTests {
  private func request(_ first: UInt64, entriesMax: Int = 2, bytesMax: Int = 1 << 16) -> RecentRuns.Request {
    RecentRuns.Request(first: Offset(first), bytesMax: bytesMax, entriesMax: entriesMax)
  }

  private func run(_ first: UInt64, count: Int = 2) -> EntryRun {
    EntryRun(
      messages: Array(repeating: [UInt8(first)], count: count), epoch: Epoch(1), time: 0,
      after: LogPoint(offset: Offset(first - 1), epoch: Epoch(1), hash: first))
  }

  @Test func theSameRequestHasTheSameRun() {
    var runs = RecentRuns()
    runs.note(run(5), for: request(5), through: Offset(100), generation: 0)
    #expect(runs.run(for: request(5), through: Offset(100), generation: 0) == run(5))
    // The log has grown, or another reader may see less of it.
    #expect(runs.run(for: request(5), through: Offset(200), generation: 0) == run(5))
    #expect(runs.run(for: request(5), through: Offset(6), generation: 0) == run(5))
    #expect(runs.run(for: request(5), through: Offset(5), generation: 0) == nil)
  }

  @Test func anotherRequestHasNone() {
    var runs = RecentRuns()
    runs.note(run(5), for: request(5), through: Offset(100), generation: 0)
    #expect(runs.run(for: request(6), through: Offset(100), generation: 0) == nil)
    #expect(runs.run(for: request(5, entriesMax: 3), through: Offset(100), generation: 0) == nil)
    #expect(runs.run(for: request(5, bytesMax: 1), through: Offset(100), generation: 0) == nil)
  }

  @Test func aRunThatEndedWithWhatThereWasIsNotKept() {
    var runs = RecentRuns()
    runs.note(run(5), for: request(5, entriesMax: 10), through: Offset(6), generation: 0)
    #expect(runs.run(for: request(5, entriesMax: 10), through: Offset(100), generation: 0) == nil)
  }

  /// After a cut other entries may lie there.
  @Test func nothingIsKnownInAnotherGeneration() {
    var runs = RecentRuns()
    runs.note(run(5), for: request(5), through: Offset(100), generation: 0)
    #expect(runs.run(for: request(5), through: Offset(100), generation: 1) == nil)
    runs.note(run(7), for: request(7), through: Offset(100), generation: 1)
    #expect(runs.run(for: request(5), through: Offset(100), generation: 1) == nil)
    #expect(runs.run(for: request(7), through: Offset(100), generation: 1) == run(7))
  }

  @Test func readersOfOnePageTakeOnePlace() {
    var runs = RecentRuns()
    runs.note(run(1), for: request(1), through: Offset(100), generation: 0)
    for _ in 0..<RecentRuns.countMax { runs.note(run(5), for: request(5), through: Offset(100), generation: 0) }
    #expect(runs.run(for: request(1), through: Offset(100), generation: 0) == run(1))
    #expect(runs.run(for: request(5), through: Offset(100), generation: 0) == run(5))
  }

  @Test func theOldestIsForgotten_AndALongRunIsNotKept() {
    var runs = RecentRuns()
    for first in 1...UInt64(RecentRuns.countMax) + 1 {
      runs.note(run(first), for: request(first), through: Offset(100), generation: 0)
    }
    #expect(runs.run(for: request(1), through: Offset(100), generation: 0) == nil)
    #expect(runs.run(for: request(2), through: Offset(100), generation: 0) == run(2))
    let long = run(40, count: 2_000)
    #expect(long.bytes.count > RecentRuns.bytesMax)
    runs.note(long, for: request(40, entriesMax: 2_000), through: Offset(10_000), generation: 0)
    #expect(runs.run(for: request(40, entriesMax: 2_000), through: Offset(10_000), generation: 0) == nil)
  }
}
