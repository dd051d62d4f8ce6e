import Testing

/// Behaviour 8: what the master knows about its followers, and the quorum.
@Suite struct HealthTests {
  private static let healthy = ["Healthy", "Healthy"]

  // "GET /health: followers go Healthy → Suspected → Unhealthy and back, each on its own clock, with last contact, match
  // offset and lag"
  @Test func followers_BecomeSuspectedAndUnhealthyAndHealthyAgain_EachOnItsOwnClock() async throws {
    let cluster = try await Cluster.start()
    let master = cluster.master.client
    #expect(try await master.add("before", w: 3).status == 200)
    let follower = try await view(0, of: cluster)
    #expect(follower["url"]?.string == cluster.followers[0].url)
    #expect(follower["match_offset"]?.int == 1)
    #expect(follower["lag"]?.int == 0)
    #expect(try #require(follower["last_contact_ms"]?.int) < 1000)

    // Killed: connections are refused. The other, paused 2 s later, accepts them and hangs.
    let killed = ContinuousClock.now
    cluster.followers[0].kill()
    for number in 1...3 { #expect(try await master.add("away \(number)", w: 1).status == 200) }
    try await becomes("Suspected", follower: 0, of: cluster, since: killed, .seconds(0.7) ... .seconds(2))
    #expect(try await view(0, of: cluster)["match_offset"]?.int == 1)
    #expect(try await view(0, of: cluster)["lag"]?.int == 3)
    #expect(try #require(try await view(0, of: cluster)["last_contact_ms"]?.int) >= 1000)
    try await Task.sleep(until: killed + .seconds(2), tolerance: .zero)
    #expect(try await cluster.states() == ["Suspected", "Healthy"])
    #expect(try await view(1, of: cluster)["lag"]?.int == 0)
    let paused = ContinuousClock.now
    cluster.followers[1].pause()
    try await becomes("Suspected", follower: 1, of: cluster, since: paused, .seconds(0.7) ... .seconds(2))
    try await becomes("Unhealthy", follower: 0, of: cluster, since: killed, .seconds(4.7) ... .seconds(6))
    #expect(try await cluster.states() == ["Unhealthy", "Suspected"])
    try await becomes("Unhealthy", follower: 1, of: cluster, since: paused, .seconds(4.7) ... .seconds(6))
    #expect(try #require(try await view(0, of: cluster)["last_contact_ms"]?.int) >= 6500)

    // Each comes back alone.
    try await cluster.followers[0].start()
    #expect(await eventually(within: .seconds(2)) { try await cluster.states() == ["Healthy", "Unhealthy"] })
    #expect(await eventually(within: .seconds(2)) { try await view(0, of: cluster)["lag"]?.int == 0 })
    cluster.followers[1].resume()
    #expect(await cluster.becomesHealthy(within: .seconds(2)))
    #expect(await cluster.converges(to: ["before", "away 1", "away 2", "away 3"], within: .seconds(5)))
  }

  // "a follower that was never heard counts as Unhealthy" (contract)
  @Test func aFollowerThatWasNeverHeard_IsUnhealthy_AndEndsReadOnlyWhenItComes() async throws {
    let cluster = try Cluster(delays: [0], masterOptions: ["--quorum", "2"])
    try await cluster.master.start()
    #expect(try await cluster.states() == ["Unhealthy"])
    #expect(try await view(0, of: cluster)["last_contact_ms"] == .null)
    let refused = try await cluster.master.client.add("refused", w: 1)
    #expect(refused.status == 503)
    try await cluster.followers[0].start()
    #expect(await eventually(within: .seconds(3)) { try await cluster.master.client.add("taken", w: 2).status == 200 })
    #expect(try await cluster.master.client.messages() == ["taken"])
  }

  // "--quorum 2 with both followers away turns add into 503 within seconds, uses up no offset, and ends by itself"
  @Test func withoutItsQuorum_TheMasterIsReadOnly_UntilAFollowerIsBack() async throws {
    let cluster = try await Cluster.start(masterOptions: ["--quorum", "2"])
    let master = cluster.master.client
    #expect(try await master.health()["read_only"] == .null)
    #expect(try await master.add("1", w: 3).status == 200)
    cluster.followers[0].kill()
    // One of two followers is enough.
    #expect(await eventually(within: .seconds(8)) { try await cluster.states()[0] == "Unhealthy" })
    #expect(try await master.add("2", w: 2).status == 200)

    cluster.followers[1].kill()
    async let waiting = master.add("3", w: 3, timeout: .seconds(60))
    #expect(await eventually(within: .seconds(2)) { try await master.lastOffset() == 3 })
    #expect(
      await eventually(within: .seconds(8)) { !(try await master.health()["read_only"] ?? .null).isNull })
    for _ in 1...5 {
      let refused = try await master.add("refused", w: 1)
      #expect(refused.status == 503)
      #expect(refused.message.contains("quorum is 2 of 3 nodes"), "\(refused.message)")
      #expect(refused.json?["status_code"]?.int == 503)
    }
    #expect(try await master.messages() == ["1", "2", "3"])
    #expect(try await master.lastOffset() == 3)

    try await cluster.followers[0].start()
    #expect(await eventually(within: .seconds(3)) { try await master.add("4", w: 2).status == 200 })
    #expect(try await master.health()["read_only"] == .null)
    #expect(try await master.lastOffset() == 4)
    try await cluster.followers[1].start()
    #expect(try await waiting.status == 200)
    #expect(await cluster.converges(to: ["1", "2", "3", "4"], within: .seconds(5)))
  }

  /// What the master's health says about one follower.
  private func view(_ follower: Int, of cluster: Cluster) async throws -> JSON {
    guard let view = try await cluster.master.client.health()["followers"]?[follower] else {
      throw HarnessError("no follower \(follower) in the master's health")
    }
    return view
  }

  /// Waits until a follower has a state, and looks how long that took.
  private func becomes(
    _ state: String, follower: Int, of cluster: Cluster, since start: ContinuousClock.Instant,
    _ expected: ClosedRange<Duration>
  ) async throws {
    let came = await eventually(within: .seconds(10)) { try await cluster.states()[follower] == state }
    let took = ContinuousClock.now - start
    #expect(came && expected.contains(took), "follower-\(follower + 1) was \(state) after \(took)")
  }
}
