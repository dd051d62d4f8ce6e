import Dispatch
import HTTPClient
import Locking
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct TurnTests {
  @Test func aWakeIsNeverLost() async throws {
    try await withServer({ _ in .reply() }) { _, client in
      let asked = Atomic(0)
      let served = Atomic(0)
      await client.run { client in
        // Sleeps for ever unless it is woken: one lost wake and a ticket is never served.
        client.onTurn {
          served.store(asked.load(ordering: .acquiring), ordering: .releasing)
          return nil
        }
      }
      let threads = 4
      let stuck = Atomic(0)
      await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
        DispatchQueue(label: "wakers").async {
          DispatchQueue.concurrentPerform(iterations: threads) { _ in
            let clock = ContinuousClock()
            for _ in 0..<5_000 {
              let ticket = asked.add(1, ordering: .acquiringAndReleasing).newValue
              client.wake()
              let deadline = clock.now + .seconds(20)
              while served.load(ordering: .acquiring) < ticket {
                if clock.now > deadline {
                  stuck.add(1, ordering: .relaxed)
                  return
                }
              }
            }
          }
          done.resume()
        }
      }
      #expect(stuck.load(ordering: .relaxed) == 0)
      #expect(served.load(ordering: .relaxed) == threads * 5_000)
    }
  }

  @Test func aTurnComesWithinItsTimeAndNotBefore() async throws {
    try await withServer({ _ in .reply() }) { _, client in
      let times = Locked<[ContinuousClock.Instant]>([])
      let clock = ContinuousClock()
      await client.run { client in
        client.onTurn {
          times.withLock { $0.append(clock.now) }
          return .microseconds(20_300)
        }
      }
      #expect(await eventually { times.withLock { $0.count } >= 20 })
      let seen = times.withLock { $0 }
      let pauses = zip(seen, seen.dropFirst()).map { $1 - $0 }
      // The wake of onTurn itself may add a turn at once; after that each sleeps its time.
      #expect(pauses.dropFirst().allSatisfy { $0 >= .microseconds(20_300) }, "\(pauses)")
      #expect(pauses.sorted()[pauses.count / 2] < .milliseconds(200), "\(pauses)")
    }
  }

  @Test(arguments: [0, 40]) func aLoopThatOnlyWaitsDoesNotTurn(transfersInFlight: Int) async throws {
    try await withServer({ $0.target == "/hang" ? .hold : .reply() }) { server, client in
      _ = try await client.send(Request(url: server.url()))
      let turns = Locked(0)
      await client.run { client in
        for _ in 0..<transfersInFlight { client.start(Request(url: server.url("/hang"))) { _ in } }
      }
      #expect(await eventually { server.seen.requests.count == 1 + transfersInFlight })
      await client.run { client in
        client.onTurn {
          turns.withLock { $0 += 1 }
          return nil
        }
      }
      #expect(await eventually { turns.withLock { $0 } >= 1 })
      // There is nothing to wait for: that nothing happens is what is measured. libcurl has a few timers of its own.
      try await Task.sleep(for: .milliseconds(300))
      #expect(turns.withLock { $0 } <= 3 + transfersInFlight)
    }
  }

  @Test func whatATurnStartsIsSentAtOnce() async throws {
    try await withServer({ _ in .reply() }) { server, client in
      let flight = Locked((started: 0, ended: 0))
      await client.run { client in
        client.onTurn {
          // One at a time, and no limit to the sleep: were a start not to be sent, nothing would go on.
          let starts = flight.withLock { flight in
            guard flight.started == flight.ended, flight.started < 50 else { return false }
            flight.started += 1
            return true
          }
          guard starts else { return nil }
          client.assumeIsolated { client in
            _ = client.start(Request(url: server.url())) { _ in flight.withLock { $0.ended += 1 } }
          }
          return nil
        }
      }
      #expect(await eventually { flight.withLock { $0.ended } == 50 })
      #expect(server.seen.connectionsAccepted == 1)
    }
  }

  @Test func manyWakesBecomeFewTurns() async throws {
    try await withServer({ _ in .reply() }) { _, client in
      let turns = Locked(0)
      await client.run { client in
        client.onTurn {
          turns.withLock { $0 += 1 }
          return nil
        }
        // On the loop's own thread no turn can begin meanwhile.
        for _ in 0..<100_000 { client.wake() }
      }
      #expect(await eventually { turns.withLock { $0 } >= 1 })
      await client.run { _ in }
      #expect(turns.withLock { $0 } <= 5)
    }
  }
}
