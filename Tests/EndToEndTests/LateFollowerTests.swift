import Locking
import Testing

/// Behaviour 2: a follower that starts late.
@Suite struct LateFollowerTests {
  // "Master and follower-1 started, follower-2 not: Msg1 w=1 ok, Msg2 w=2 ok, Msg3 w=3 waits, Msg4 w=1 ok at once;
  // follower-2 started: it shows [Msg1, Msg2, Msg3, Msg4] and Msg3's client gets its 200 within that follower's delay
  // plus 2 s."
  @Test func aFollowerStartedLate_GetsAllMessages_AndFreesTheClientThatWaited() async throws {
    let cluster = try Cluster(delays: [5, 2])
    try await cluster.followers[0].start()
    try await cluster.master.start()
    let master = cluster.master.client

    #expect(try await master.add("Msg1", w: 1).status == 200)
    #expect(try await master.add("Msg2", w: 2).status == 200)
    let answered = Locked<ContinuousClock.Instant?>(nil)
    async let third = {
      let answer = try await master.add("Msg3", w: 3, timeout: .seconds(60))
      answered.withLock { $0 = .now }
      return answer
    }()
    #expect(await eventually(within: .seconds(5)) { try await master.lastOffset() == 3 })
    let fourth = try await time { try await master.add("Msg4", w: 1) }
    #expect(fourth.result.status == 200)
    #expect(fourth.duration < .milliseconds(500))

    // Longer than follower-1 takes, whose store is not enough.
    let slowHasAll = await eventually(within: .seconds(8)) { try await cluster.followers[0].client.lastOffset() == 4 }
    #expect(slowHasAll)
    #expect(await holds(for: .seconds(1)) { answered.withLock { $0 } == nil })

    let started = ContinuousClock.now
    try await cluster.followers[1].start()
    #expect(await cluster.converges(to: ["Msg1", "Msg2", "Msg3", "Msg4"], within: .seconds(4)))
    #expect(try await third.status == 200)
    let took = try #require(answered.withLock { $0 }) - started
    #expect((.seconds(2) ... .seconds(4)).contains(took), "Msg3's client waited \(took) more")
  }
}
