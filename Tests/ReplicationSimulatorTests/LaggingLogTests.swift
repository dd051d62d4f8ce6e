import ReplicationCore
import Testing

@testable import ReplicationSimulator

@Suite struct LaggingLogTests {
  @Test func entriesAreDurableWhenTheSyncEndsAndNotBefore() throws {
    let log = LaggingLog()
    _ = log.append(payload: [1], epoch: Epoch(1), time: 0)
    log.sync()
    _ = log.append(payload: [2], epoch: Epoch(1), time: 0)
    let sync = try #require(log.takeSync())
    #expect(log.end.durable == .zero)
    log.finish(sync)
    #expect(log.end.durable == Offset(1))
    #expect(log.end.last == Offset(2))
    #expect(log.takeSync() == nil)
  }

  @Test func aSyncThatEndsAfterTheLogWasEmptiedMakesNothingDurable() throws {
    let log = LaggingLog()
    _ = log.append(payload: [1], epoch: Epoch(1), time: 0)
    log.sync()
    let sync = try #require(log.takeSync())
    log.removeAll()
    _ = log.append(payload: [2], epoch: Epoch(2), time: 0)
    log.finish(sync)
    #expect(log.end.durable == .zero)
  }
}
