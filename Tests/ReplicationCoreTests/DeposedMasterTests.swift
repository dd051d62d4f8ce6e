import LogStorage
import ReplicationCore
import Testing

/// A master that was refused for a later one must win nobody for its epoch any more.
@Suite struct DeposedMasterTests {
  private static let mastership = Mastership(epoch: Epoch(5), startID: 1)
  private static let later = Mastership(epoch: Epoch(9), startID: 2)

  private static let logID = LogID(high: 0, low: 1)

  private func answer(_ outcome: ReplicateAnswer.Outcome, by node: UInt64, promise: Mastership) -> ReplicateAnswer {
    ReplicateAnswer(
      outcome: outcome, identity: NodeIdentity(node: NodeID(high: 0, low: node), incarnation: node), promise: promise,
      log: Self.logID, end: LogPoint(beginning: Self.logID), commitKnown: .zero, delay: .zero)
  }

  @Test func itOnlyAsksWhoIsThere_AndSendsNothing() {
    var random = SeededGenerator(seed: 1)
    let log = MemoryLog()
    log.setIdentity(LogIdentity(log: Self.logID, promise: Self.mastership))
    var now = Instant(nanoseconds: 0)
    var master = Master(
      mastership: Self.mastership, followers: 2, settings: ReplicationSettings(), now: now, durable: .zero)
    func turn() -> [Delivery] {
      var left: [Delivery] = []
      _ = master.turn(now: now, log: log, send: { left.append($0) }, tell: { _ in })
      return left
    }
    let first = turn()
    #expect(first.count == 2 && first.allSatisfy { $0.mastership == Self.mastership })
    let accepted = answer(.accepted, by: 1, promise: Self.mastership)
    _ = master.answered(accepted, to: first[0], now: now, log: log, using: &random) { _ in }
    let refused = answer(.refused, by: 2, promise: Self.later)
    _ = master.answered(refused, to: first[1], now: now, log: log, using: &random) { _ in }
    #expect(master.readOnly == .deposed(follower: 1, promise: Self.later))
    _ = log.append(payload: [1], epoch: Epoch(5), time: 0)
    for _ in 0..<10 {
      now = now + .milliseconds(250)
      let left = turn()
      #expect(left.count == 2 && left.allSatisfy { $0.entries == nil && $0.mastership.epoch == .none })
      // Followers of the later master answer the question with their promise: nothing of it is counted.
      for delivery in left {
        let known = answer(.accepted, by: UInt64(delivery.follower) + 1, promise: Self.later)
        _ = master.answered(known, to: delivery, now: now, log: log, using: &random) { _ in }
      }
      #expect(master.acked.commit == .zero)
    }
    #expect(master.followerViews(now: now).allSatisfy { $0.state == .healthy })
  }
}
