import LogStorage
import ReplicationCore
import Testing

/// A follower with a delay, reached over a link with a latency, and clients that add at a steady rate or all at once.
@Suite struct PacingTests {
  private struct Flight {
    let delivery: Delivery
    let arrival: Instant
  }

  /// A master and one follower that stores everything after its delay.
  private struct Link {
    let delay: Interval
    let latency: Interval
    var now = Instant(nanoseconds: 0)
    let log = MemoryLog()
    var master: Master
    var random = SeededGenerator(seed: 1)
    var flights: [Flight] = []
    var added: [Instant] = []
    var batches = 0
    var batchBytesMax = 0
    var payload: [UInt8] = [1, 2, 3]
    /// When each entry was on the follower, by its place.
    var visible: [Instant] = []

    init(delay: Interval, latency: Interval = .milliseconds(1)) {
      self.delay = delay
      self.latency = latency
      master = Master(
        mastership: Mastership(epoch: Epoch(1), startID: 1), followers: 1, settings: ReplicationSettings(), now: now,
        durable: .zero)
      log.setIdentity(LogIdentity(log: LogID(high: 0, low: 1), promise: master.mastership))
    }

    mutating func run(adds: [Instant], until: Instant) {
      var adds = adds[...]
      var wakeUp = now
      while now <= until {
        let landing = flights.map(\.arrival).min()
        now = [wakeUp, landing, adds.first].compactMap { $0 }.min() ?? until
        while let time = adds.first, time <= now {
          adds.removeFirst()
          added.append(time)
          _ = log.append(payload: payload, epoch: Epoch(1), time: 0)
          log.sync()
          _ = master.stored(through: log.end.durable)
        }
        for flight in flights where flight.arrival <= now { land(flight.delivery) }
        flights.removeAll { $0.arrival <= now }
        var left: [Delivery] = []
        wakeUp = master.turn(now: now, log: log, send: { left.append($0) }, tell: { _ in })
        for delivery in left {
          if let entries = delivery.entries {
            batches += 1
            batchBytesMax = max(batchBytesMax, entries.bytes)
          }
          let time = delivery.entries == nil ? latency + latency : latency + delay + latency
          flights.append(Flight(delivery: delivery, arrival: now + time))
        }
      }
    }

    private mutating func land(_ delivery: Delivery) {
      if let entries = delivery.entries {
        // Batches to one follower take equally long here: they land in order.
        while visible.count < Int(entries.last.rawValue) { visible.append(now) }
      }
      let answer = ReplicateAnswer(
        outcome: .accepted, identity: NodeIdentity(node: NodeID(high: 0, low: 1), incarnation: 1),
        promise: master.mastership, log: log.identity.log,
        end: log.point(at: Offset(UInt64(visible.count))) ?? LogPoint(beginning: .none), commitKnown: .zero,
        delay: delay)
      _ = master.answered(answer, to: delivery, now: now, log: log, using: &random) { _ in }
    }

    var slowest: Interval {
      zip(added, visible).map { $1 - $0 }.max() ?? .zero
    }
  }

  private func times(from: Int64, count: Int64, each: Int64) -> [Instant] {
    (0..<count).map { Instant(nanoseconds: (from + $0 * each) * 1_000_000) }
  }

  @Test(arguments: [500, 2000, 5000] as [Int64])
  func atASteadyRateEveryMessageIsThereAfterAtMost11TenthsOfTheDelay(delay: Int64) {
    var link = Link(delay: .milliseconds(delay))
    link.run(
      adds: times(from: 1000, count: 2000, each: 10), until: Instant(nanoseconds: 40_000_000_000))
    #expect(link.visible.count == 2000)
    #expect(link.slowest >= .milliseconds(delay))
    #expect(link.slowest <= .milliseconds(delay + delay / 10))
  }

  @Test func messagesAddedAtOnceAreAllThereAfterOneDelay() {
    var link = Link(delay: .seconds(5))
    link.run(adds: times(from: 1000, count: 10, each: 20), until: Instant(nanoseconds: 20_000_000_000))
    #expect(link.visible.count == 10)
    #expect(link.slowest <= .milliseconds(5500))
  }

  @Test func underALoadOfFullBatchesTheDelayStaysLatency() {
    var link = Link(delay: .seconds(2))
    // Nine full batches at once: paced, the last would leave two thirds of a second after the first.
    link.run(adds: times(from: 1000, count: 90_000, each: 0), until: Instant(nanoseconds: 4_000_000_000))
    #expect(link.visible.count == 90_000)
    #expect(link.slowest <= .milliseconds(2200))
  }

  @Test func withoutDelayNothingIsPaced() {
    var link = Link(delay: .zero)
    link.run(adds: times(from: 1000, count: 2000, each: 1), until: Instant(nanoseconds: 5_000_000_000))
    #expect(link.visible.count == 2000)
    #expect(link.slowest <= .milliseconds(5))
    #expect(link.batches >= 600, "each message leaves soon, not in large batches: \(link.batches)")
  }

  @Test func batchesGrowWithTheLoad() {
    var link = Link(delay: .zero)
    link.payload = [UInt8](repeating: 1, count: 4096)
    // 400 MB/s for a tenth of a second: more than batches of 64 KiB, one a millisecond, can carry.
    let adds = (0..<10_000).map { Instant(nanoseconds: 1_000_000_000 + $0 * 10_000) }
    link.run(adds: adds, until: Instant(nanoseconds: 1_200_000_000))
    #expect(link.visible.count == 10_000)
    #expect(link.slowest <= .milliseconds(10))
    #expect(link.batchBytesMax > 256 << 10)
  }

  @Test func aFollowerThatCatchesUpWhileLittleIsAddedGetsSmallBatches() {
    var link = Link(delay: .zero)
    link.run(adds: times(from: 0, count: 50_000, each: 0), until: Instant(nanoseconds: 0))
    // The first batch carries more: what was added since none left before.
    link.run(adds: [], until: Instant(nanoseconds: 1_000_000_000))
    #expect(link.visible.count == 50_000)
    #expect(link.batches > (50_000 - 10_000) * 51 / (64 << 10))
  }
}
