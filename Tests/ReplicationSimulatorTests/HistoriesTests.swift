import ReplicationCore
import Testing

@testable import ReplicationSimulator

/// What the simulator knows of the logs from outside must itself be right.
@Suite struct HistoriesTests {
  private let log = LogID(high: 1, low: 2)

  private func point(_ offset: UInt64, epoch: UInt64 = 1, hash: UInt64) -> LogPoint {
    LogPoint(offset: Offset(offset), epoch: Epoch(epoch), hash: hash)
  }

  @Test func aHistoryFollowsFromItsEnd() {
    var histories = Histories()
    let (one, two, other) = (point(1, hash: 10), point(2, hash: 20), point(2, epoch: 2, hash: 21))
    #expect(histories.note(one, after: LogPoint(beginning: log), log: log, disk: 0) == nil)
    #expect(histories.note(two, after: one, log: log, disk: 0) == nil)
    #expect(histories.note(other, after: one, log: log, disk: 0) == nil)
    var chain: [LogPoint] = []
    #expect(histories.lead(&chain, to: two, log: log) == Offset(1))
    #expect(chain == [one, two])
    #expect(histories.lead(&chain, to: other, log: log) == Offset(2))
    #expect(chain == [one, other])
    #expect(histories.lead(&chain, to: one, log: log) == Offset(2))
    #expect(chain == [one])
  }

  @Test func whatNobodyMadeIsNoHistory() {
    let histories = Histories()
    var chain: [LogPoint] = []
    #expect(histories.lead(&chain, to: point(1, hash: 10), log: log) == nil)
    #expect(histories.lead(&chain, to: LogPoint(beginning: LogID(high: 7, low: 7)), log: log) == nil)
  }

  @Test func anOffsetThatNamesTwoEntriesOfAnEpochIsFound() {
    var histories = Histories()
    let beginning = LogPoint(beginning: log)
    #expect(histories.note(point(1, hash: 10), after: beginning, log: log, disk: 0) == nil)
    #expect(histories.note(point(1, hash: 11), after: beginning, log: log, disk: 0) == point(1, hash: 10))
    #expect(histories.note(point(1, hash: 11), after: beginning, log: log, disk: 1) == nil, "another disk")
  }

  @Test func theLastCommonPointIsFound() {
    let left = [point(1, hash: 1), point(2, hash: 2), point(3, hash: 3)]
    let right = [point(1, hash: 1), point(2, hash: 2), point(3, hash: 33), point(4, hash: 4)]
    #expect(left.common(with: right) == Offset(2))
    #expect(left.common(with: left) == Offset(3))
    #expect(left.common(with: []) == .zero)
  }
}
