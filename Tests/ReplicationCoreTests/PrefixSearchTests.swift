import LogStorage
import Testing

@testable import ReplicationCore

/// Two logs that are equal up to some offset: the search finds that offset, in few questions, and nothing is sent
/// before.
@Suite struct PrefixSearchTests {
  private static let length: UInt64 = 40
  private static let old = Mastership(epoch: Epoch(5), startID: 1)
  private static let mastership = Mastership(epoch: Epoch(7), startID: 1)

  /// A log of `length` entries, the first `common` of epoch 4, the rest of another one.
  private static func log(common: UInt64, length: UInt64, rest epoch: UInt64) -> MemoryLog {
    let log = MemoryLog()
    log.setIdentity(LogIdentity(log: LogID(high: 0, low: 1), promise: old))
    while log.end.last.rawValue < length {
      let next = log.end.last.next.rawValue
      _ = log.append(payload: [UInt8(truncatingIfNeeded: next)], epoch: Epoch(next <= common ? 4 : epoch), time: 0)
    }
    log.sync()
    return log
  }

  /// A master and a follower that talk without a network, over the wire's forms.
  private struct Pair {
    let masterLog: MemoryLog
    let followerLog: MemoryLog
    var master: Master
    var follower: Follower
    var now = Instant(nanoseconds: 0)
    var random = SeededGenerator(seed: 1)
    var answers = 0

    init(master masterLog: MemoryLog, follower followerLog: MemoryLog) {
      self.masterLog = masterLog
      self.followerLog = followerLog
      master = Master(
        mastership: PrefixSearchTests.mastership, followers: 1, settings: ReplicationSettings(), now: now,
        durable: masterLog.end.durable)
      follower = Follower(
        identity: NodeIdentity(node: NodeID(high: 0, low: 1), incarnation: 1), delay: .zero, gapBytesMax: 1 << 20,
        log: followerLog)
    }

    /// What leaves now.
    mutating func turn() -> [Delivery] {
      var left: [Delivery] = []
      _ = master.turn(now: now, log: masterLog, send: { left.append($0) }, tell: { _ in })
      return left
    }

    mutating func carry(_ delivery: Delivery) throws {
      let sent = try delivery.request(log: masterLog, masterURL: "http://m")
      let request = try ReplicateRequest(decoding: sent.encoded())
      var outcome = ReplicateAnswer.Outcome.storage
      switch follower.arrived(request, log: followerLog, tell: { _ in }) {
      case .answer(let known): outcome = known
      case .new: outcome = follower.store(request, log: followerLog) { _ in }
      }
      followerLog.sync()
      let answer = try ReplicateAnswer(decoding: follower.answer(outcome, log: followerLog).encoded())
      _ = master.answered(answer, to: delivery, now: now, log: masterLog, using: &random) { _ in }
      answers += 1
    }

    var view: Master.FollowerView { master.followerViews(now: now)[0] }
  }

  @Test(arguments: 0...length)
  func findsExactlyTheCommonPrefix_AndSendsNothingBefore(common: UInt64) throws {
    let followers = (common...Self.length).map { Self.log(common: common, length: $0, rest: 5) }
    for length in common...Self.length {
      let masterLog = Self.log(common: common, length: length, rest: 6)
      for followerLog in followers {
        var pair = Pair(master: masterLog, follower: followerLog)
        var deliveries = pair.turn()
        repeat {
          let question = try #require(deliveries.first)
          #expect(deliveries.count == 1 && question.entries == nil)
          try pair.carry(question)
          // The answer's time does not pass: the next question waits for nothing.
          deliveries = pair.turn()
        } while pair.view.isSearching && pair.answers < 20
        let place = "common \(common), master \(length), follower \(followerLog.end.last)"
        #expect(pair.view.match == Offset(common), "\(place)")
        #expect(pair.answers <= 8, "\(place)")
        #expect(deliveries.first?.entries?.first == (length > common ? Offset(common + 1) : nil), "\(place)")
      }
    }
  }

  /// The same to the end: what conflicts goes, and the logs end equal, however long they were.
  @Test(arguments: 1...100 as ClosedRange<UInt64>)
  func whateverTheFollowerHeldTheLogsEndEqual(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let common = UInt64(random.number(0...3000))
    let masterLog = Self.log(common: common, length: common + UInt64(random.number(0...300)), rest: 6)
    let followerLog = Self.log(common: common, length: common + UInt64(random.number(0...300)), rest: 5)
    var pair = Pair(master: masterLog, follower: followerLog)
    _ = masterLog.append(payload: [1], epoch: Self.mastership.epoch, time: 0)
    for step in 0..<400 {
      // Some requests are lost, and some messages come meanwhile.
      for delivery in pair.turn() {
        if random.number(0...9) > 0 {
          try pair.carry(delivery)
        } else {
          pair.master.failed(delivery, reason: "lost", now: pair.now, using: &random) { _ in }
        }
      }
      if step < 100, random.number(0...4) == 0 {
        _ = masterLog.append(payload: [2], epoch: Self.mastership.epoch, time: 0)
      }
      pair.now = pair.now + .milliseconds(50)
    }
    #expect(followerLog.end.lastPoint == masterLog.end.lastPoint)
    #expect(pair.view.match == masterLog.end.last)
    #expect(pair.view.problem == nil)
  }

  @Test func halvesWhatIsUnknown() {
    var search = PrefixSearch(length: Offset(1000))
    #expect(search.probe == Offset(1000))
    search.noteDifferent(Offset(1000))
    #expect(search.probe == Offset(500))
    search.noteEqual(Offset(500))
    #expect(search.probe == Offset(750))
    // What is known already, and answers to questions of another time, change nothing.
    let before = search
    search.noteEqual(Offset(3))
    search.noteDifferent(Offset(2000))
    search.noteDifferent(Offset(500))
    #expect(search == before)
  }

  @Test func twoLogsOfWhichOneIsEmptyHaveNothingToSearch() {
    #expect(PrefixSearch(length: .zero).probe == nil)
  }
}
