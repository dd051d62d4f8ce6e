import Dispatch
import HTTPClient
import Locking
import Synchronization
import Testing

/// A client's loop with a guest, both made to count.
@Suite(.timeLimit(.minutes(1))) struct HostTests {
  private func withClient(_ body: (Client) async throws -> Void) async throws {
    let client = try Client()
    do {
      try await body(client)
    } catch {
      await client.shutDown()
      throw error
    }
    await client.shutDown()
  }

  @Test func aGuestHasItsTurnBeforeTheBodyInEachTurn() async throws {
    try await withClient { client in
      let seen = Locked("")
      await client.setBody {
        seen.withLock { $0 += "b" }
        return nil
      }
      client.host.take(
        TestGuest {
          seen.withLock { $0 += "g" }
          return .again(milliseconds: nil)
        })
      #expect(await eventually { seen.withLock { $0.contains("gb") } })
      for _ in 1...100 {
        let last = seen.withLock { $0.count }
        client.wake()
        #expect(await eventually { seen.withLock { $0.count } >= last + 2 })
      }
      let turns = seen.withLock { $0.drop { $0 == "b" } }
      #expect(turns.split(separator: "gb").isEmpty, "\(turns)")
    }
  }

  /// Whoever judges by the time in the body has heard what came during a long turn of the guest.
  @Test func whatCameDuringALongTurnIsTakenInBeforeTheBody() async throws {
    let mayReply = DispatchSemaphore(value: 0)
    try await withServer({ _ in
      mayReply.wait()
      return .reply()
    }) { server, client in
      let seen = Locked("")
      let isLong = Atomic(false)
      await client.setBody {
        seen.withLock { $0 += "b" }
        return nil
      }
      client.host.take(
        TestGuest {
          guard isLong.load(ordering: .relaxed) else { return .again(milliseconds: nil) }
          guard !server.seen.requests.isEmpty else { return .again(milliseconds: 0) }
          isLong.store(false, ordering: .relaxed)
          mayReply.signal()
          // Time in which the answer comes, and nobody hears it.
          let end = ContinuousClock.now + .milliseconds(300)
          while ContinuousClock.now < end {}
          seen.withLock { $0 += "L" }
          return .again(milliseconds: nil)
        })
      isLong.store(true, ordering: .relaxed)
      _ = await client.run { client in
        client.start(Request(url: server.url("/"))) { _ in seen.withLock { $0 += "a" } }
      }
      #expect(await eventually { seen.withLock { $0.contains("a") } })
      let order = seen.withLock { $0 }
      #expect(order.contains("Lab"), "\(order.suffix(10))")
    }
  }

  /// What the descriptor says makes one turn, and a wake-up in it leads to the body with no further one.
  @Test func aWakeOfTheBodyFromTheGuestsTurnIsOfThatTurn() async throws {
    try await withClient { client in
      let turns = Atomic(0)
      let asked = Atomic(0)
      let served = Atomic(0)
      await client.setBody {
        served.store(asked.load(ordering: .relaxed), ordering: .releasing)
        return nil
      }
      let reader = Locked<TestGuest?>(nil)
      let guest = TestGuest {
        turns.add(1, ordering: .relaxed)
        if let guest = reader.withLock({ $0.take() }) {
          guest.read()
          asked.add(1, ordering: .relaxed)
          client.wake()
        }
        return .again(milliseconds: nil)
      }
      client.host.take(guest)
      #expect(await eventually { turns.load(ordering: .relaxed) > 0 })
      let before = turns.load(ordering: .relaxed)
      for round in 1...300 {
        reader.withLock { $0 = guest }
        guest.makeReadable()
        #expect(await eventually { served.load(ordering: .acquiring) == round })
      }
      await client.run { _ in }
      #expect(turns.load(ordering: .relaxed) - before <= 310)
    }
  }

  @Test func aWakeOfTheGuestFromAJobIsOfThatTurn() async throws {
    try await withClient { client in
      let turns = Atomic(0)
      client.host.take(
        TestGuest {
          turns.add(1, ordering: .releasing)
          return .again(milliseconds: nil)
        })
      #expect(await eventually { turns.load(ordering: .acquiring) > 0 })
      let before = turns.load(ordering: .acquiring)
      for _ in 1...300 {
        let last = await client.run { client in
          client.host.wake()
          return turns.load(ordering: .relaxed)
        }
        #expect(await eventually { turns.load(ordering: .acquiring) > last })
      }
      #expect(turns.load(ordering: .acquiring) - before <= 310)
    }
  }

  /// Where a wake-up on the loop's own thread comes too late for the turn that it is in.
  enum TooLate: CaseIterable {
    case guestInItsOwnTurn
    case guestInTheBody
    case bodyInItself
  }

  @Test(arguments: TooLate.allCases) func aWakeThatIsTooLateForItsTurnMakesAnother(_ place: TooLate) async throws {
    try await withClient { client in
      let count = Atomic(0)
      // Nothing else makes a turn: one lost wake-up and it ends.
      let goOn: @Sendable () -> Void = {
        guard count.add(1, ordering: .relaxed).newValue < 10_000 else { return }
        if place == .bodyInItself { client.wake() } else { client.host.wake() }
      }
      await client.setBody {
        if place != .guestInItsOwnTurn { goOn() }
        return nil
      }
      client.host.take(
        TestGuest {
          if place == .guestInItsOwnTurn { goOn() }
          return .again(milliseconds: nil)
        })
      #expect(await eventually { count.load(ordering: .relaxed) >= 10_000 })
    }
  }

  /// Four threads that wake the guest, the body or both in turns, while the loop falls asleep and rises.
  @Test func aWakeFromAnotherThreadIsNeverLost() async throws {
    try await withClient { client in
      let asked = Atomic(0)
      let servedByGuest = Atomic(0)
      let servedByBody = Atomic(0)
      await client.setBody {
        servedByBody.store(asked.load(ordering: .acquiring), ordering: .releasing)
        return nil
      }
      client.host.take(
        TestGuest {
          servedByGuest.store(asked.load(ordering: .acquiring), ordering: .releasing)
          // On its own thread, and to no avail for who waits elsewhere.
          client.wake()
          return .again(milliseconds: nil)
        })
      let stuck = Atomic(0)
      await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
        DispatchQueue(label: "wakers").async {
          DispatchQueue.concurrentPerform(iterations: 4) { number in
            let clock = ContinuousClock()
            for round in 0..<5_000 {
              let isForGuest = (number + round).isMultiple(of: 2)
              let ticket = asked.add(1, ordering: .acquiringAndReleasing).newValue
              if isForGuest { client.host.wake() } else { client.wake() }
              let deadline = clock.now + .seconds(20)
              while (isForGuest ? servedByGuest.load(ordering: .acquiring) : servedByBody.load(ordering: .acquiring))
                < ticket
              {
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
    }
  }

  @Test func aGuestHasItsTurnWhenItsTimeIsUp() async throws {
    try await withClient { client in
      let clock = ContinuousClock()
      let times = Locked<[ContinuousClock.Instant]>([])
      await client.setBody { .seconds(1000) }
      client.host.take(
        TestGuest {
          times.withLock { $0.append(clock.now) }
          return .again(milliseconds: 20)
        })
      #expect(await eventually { times.withLock { $0.count } >= 20 })
      let seen = times.withLock { $0 }
      let pauses = zip(seen, seen.dropFirst()).map { $1 - $0 }
      #expect(pauses.dropFirst().allSatisfy { $0 >= .milliseconds(19) }, "\(pauses)")
      #expect(pauses.sorted()[pauses.count / 2] < .milliseconds(200), "\(pauses)")
    }
  }

  @Test func aGuestThatWantsToGoOnAtOnceDoes() async throws {
    try await withClient { client in
      let count = Atomic(0)
      client.host.take(
        TestGuest {
          .again(milliseconds: count.add(1, ordering: .relaxed).newValue < 10_000 ? 0 : nil)
        })
      #expect(await eventually { count.load(ordering: .relaxed) >= 10_000 })
    }
  }

  @Test func aGuestThatHasEndedIsLetGoAndLeavesRoomForAnother() async throws {
    try await withClient { client in
      for _ in 1...100 {
        let turns = Atomic(0)
        weak var weakGuest: TestGuest?
        do {
          let guest = TestGuest { turns.add(1, ordering: .releasing).newValue < 3 ? .again(milliseconds: 0) : .ended }
          guest.makeReadable()
          weakGuest = guest
          client.host.take(guest)
        }
        #expect(await eventually { weakGuest == nil })
        #expect(turns.load(ordering: .acquiring) == 3)
      }
    }
  }

  @Test func nobodyLooksAtTheDescriptorOfAGuestThatHasEnded() async throws {
    try await withClient { client in
      let turns = Atomic(0)
      let guest = TestGuest { .ended }
      guest.makeReadable()
      client.host.take(guest)
      await client.run { _ in }
      await client.setBody {
        turns.add(1, ordering: .relaxed)
        return nil
      }
      // That nothing happens is what is measured.
      try await Task.sleep(for: .milliseconds(100))
      #expect(turns.load(ordering: .relaxed) <= 3)
      guest.read()
    }
  }
}

extension Client {
  fileprivate func setBody(_ body: @escaping @Sendable () -> Duration?) { onTurn(body) }
}
