import Testing

/// Behaviour 4 past the contract's own time-outs, which takes minutes: `REPLOG_LONG=1`.
@Suite(.serialized, .enabled(if: LongTests.areEnabled)) struct FollowerFaultLongTests {
  /// "… paused (SIGSTOP) past every time-out": 10 s for a batch, 5 s for a heartbeat.
  @Test func aFollowerThatHungForHalfAMinuteIsFilled() async throws {
    let cluster = try await Cluster.start()
    cluster.followers[0].pause()
    for number in 0..<100 { #expect(try await cluster.master.client.add("m\(number)", w: 2).status == 200) }
    #expect(await eventually(within: .seconds(8)) { try await cluster.states()[0] == "Unhealthy" })
    #expect(await holds(for: .seconds(30), every: .seconds(1)) { try await cluster.states()[0] == "Unhealthy" })
    cluster.followers[0].resume()
    #expect(await cluster.converges(to: (0..<100).map { "m\($0)" }, within: .seconds(1)))
  }

  /// Many more faults, with the contract's intervals.
  @Test func anyLongMixOfFaultsEndsWithTheMastersLogEverywhere() async throws {
    for _ in 0..<5 {
      let mix = try await FaultMix.start(masterOptions: [])
      try await mix.run(for: .seconds(60), pauses: 100...4000)
    }
  }
}
