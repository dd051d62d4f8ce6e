import LogStorage
import ReplicationCore
import Testing

/// Clients that send again when they are answered, a master, and one follower that answers each batch after the same time.
@Suite struct CrowdTests {
  private struct Arrival {
    let time: Instant
    let client: Int
  }

  private struct Loop {
    static let roundTrip = Interval(nanoseconds: 400_000)

    var now = Instant(nanoseconds: 0)
    let log = MemoryLog()
    var master: Master
    var random = SeededGenerator(seed: 1)
    var flights: [(delivery: Delivery, landing: Instant)] = []
    /// Requests on their way to the master.
    var coming: [Arrival] = []
    /// Those who wait, and since when.
    var waiting: [WaiterID: Arrival] = [:]
    /// How many may send again.
    var clientsGoingOn = Int.max
    var batches = 0
    var latencies: [Interval] = []

    init(clients: Int) {
      master = Master(
        mastership: Mastership(epoch: Epoch(1), startID: 1), followers: 1, settings: ReplicationSettings(), now: now,
        durable: .zero)
      log.setIdentity(LogIdentity(log: LogID(high: 0, low: 1), promise: master.mastership))
      // By then the follower is known: the first who comes leaves at once, without the others.
      for client in 0..<clients { come(client, after: .milliseconds(1)) }
    }

    /// A client sends: its request is there after a while that differs.
    mutating func come(_ client: Int, after pause: Interval = .zero) {
      let way = Interval(nanoseconds: Int64.random(in: 20_000...200_000, using: &random))
      coming.append(Arrival(time: now + pause + way, client: client))
    }

    mutating func run(until end: Instant) {
      while true {
        let wakeUp = turn()
        let next = [wakeUp, flights.map(\.landing).min(), coming.map(\.time).min()].compactMap { $0 }.min() ?? end
        guard next <= end else { return }
        now = next
      }
    }

    /// One turn of the master's loop, at a time at which something happens.
    private mutating func turn() -> Instant {
      var ended: [WaiterID] = []
      for flight in flights where flight.landing <= now { ended += land(flight.delivery) }
      flights.removeAll { $0.landing <= now }
      for arrival in coming where arrival.time <= now {
        let offset = log.append(payload: [1, 2, 3], epoch: Epoch(1), time: 0)
        waiting[master.wait(for: offset, writeConcern: 2)] = arrival
      }
      coming.removeAll { $0.time <= now }
      log.sync()
      ended += master.stored(through: log.end.durable)
      for waiter in ended {
        guard let arrival = waiting.removeValue(forKey: waiter) else { continue }
        latencies.append(now - arrival.time)
        if arrival.client < clientsGoingOn { come(arrival.client) }
      }
      var left: [Delivery] = []
      let wakeUp = master.turn(now: now, log: log, send: { left.append($0) }, tell: { _ in })
      for delivery in left {
        if delivery.entries != nil { batches += 1 }
        flights.append((delivery, now + Self.roundTrip))
      }
      return wakeUp
    }

    private mutating func land(_ delivery: Delivery) -> [WaiterID] {
      let answer = ReplicateAnswer(
        outcome: .accepted, identity: NodeIdentity(node: NodeID(high: 0, low: 1), incarnation: 1),
        promise: master.mastership, log: log.identity.log,
        end: log.point(at: delivery.entries?.last ?? .zero) ?? LogPoint(beginning: .none), commitKnown: .zero,
        delay: .zero)
      return master.answered(answer, to: delivery, now: now, log: log, using: &random) { _ in }
    }
  }

  private func milliseconds(_ count: Int64) -> Instant { Instant(nanoseconds: count * 1_000_000) }

  @Test(arguments: [8, 64])
  func clientsThatSendAgainTravelTogether(clients: Int) throws {
    var loop = Loop(clients: clients)
    loop.run(until: milliseconds(20))
    let (adds, batches) = (loop.latencies.count, loop.batches)
    loop.run(until: milliseconds(220))
    let perBatch = Double(loop.latencies.count - adds) / Double(loop.batches - batches)
    // All, or all but the one with whom the first batch left; without the pause it is a half.
    #expect(perBatch > 0.8 * Double(clients), "\(perBatch) of \(clients) clients' adds in a batch")
    // Who comes right after a departure waits for its answer, for the crowd, and for the answer to that.
    let longest = try #require(loop.latencies[adds...].max())
    #expect(longest <= Loop.roundTrip + Loop.roundTrip + Loop.roundTrip)
  }

  @Test func aClientAloneIsNeverHeldUp() {
    var loop = Loop(clients: 1)
    loop.run(until: milliseconds(5))
    let adds = loop.latencies.count
    loop.run(until: milliseconds(205))
    #expect(loop.latencies.count - adds > 300)
    #expect(loop.latencies[adds...].allSatisfy { $0 == Loop.roundTrip })
  }

  @Test func whenTheCrowdLeavesTheNextBatchWaitsOnce() throws {
    var loop = Loop(clients: 32)
    loop.run(until: milliseconds(20))
    loop.clientsGoingOn = 1
    let adds = loop.latencies.count
    loop.run(until: milliseconds(120))
    let after = loop.latencies[adds...].dropFirst(32)
    #expect(after.count > 100)
    #expect(after.filter { $0 > Loop.roundTrip }.count <= 1)
    #expect(try #require(after.max()) <= Loop.roundTrip + Loop.roundTrip)
  }
}
