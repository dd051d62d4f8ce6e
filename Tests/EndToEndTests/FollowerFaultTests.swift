import Glibc
import Testing

/// Behaviour 4: a follower whatever happens to it "ends with the master's log, in order, each message once, without any
/// new add; back-off ends at once when it returns".
@Suite(.serialized) struct FollowerFaultTests {
  /// The contract's intervals made short, so that a fault past every time-out takes a second.
  static let shortTimes = [
    "--heartbeat-interval", "0.1", "--suspected-after", "0.3", "--unhealthy-after", "0.6", "--batch-timeout", "0.5",
  ]

  /// What was added while the follower was away is there this long after its return: half a second until it starts to
  /// be filled, and a little for filling.
  private static let filledWithin = Duration.seconds(1)

  private func add(_ numbers: Range<Int>, to cluster: Cluster) async throws {
    try await withThrowingTaskGroup(of: Int.self) { group in
      for number in numbers {
        group.addTask { try await cluster.master.client.add("m\(number)", w: Int.random(in: 1...2)).status }
      }
      for try await status in group { #expect(status == 200) }
    }
  }

  /// Each of the `count` messages once, the same on all nodes, soon.
  private func expectFilled(_ cluster: Cluster, count: Int, within limit: Duration = filledWithin) async throws {
    let (duration, isFilled) = await time { await cluster.converges(within: limit) }
    #expect(isFilled, "not filled after \(duration.inSeconds) s: \(cluster.master.process.stderr)")
    let messages = try await cluster.followers[0].client.messages()
    #expect(messages.count == count)
    #expect(Set(messages) == Set((0..<count).map { "m\($0)" }))
  }

  /// "… killed and restarted", with its log or empty: with the contract's own intervals, dead for longer than it takes to be
  /// Unhealthy.
  @Test(arguments: [false, true]) func aFollowerThatWasKilledAndRestartedIsFilled(isWiped: Bool) async throws {
    let cluster = try await Cluster.start()
    try await add(0..<100, to: cluster)
    cluster.followers[0].kill()
    if isWiped { try cluster.followers[0].wipe() }
    try await add(100..<200, to: cluster)
    #expect(await eventually(within: .seconds(8)) { try await cluster.states()[0] == "Unhealthy" })
    try await cluster.followers[0].start()
    try await expectFilled(cluster, count: 200)
  }

  /// "… started late".
  @Test func aFollowerThatIsStartedLateIsFilled() async throws {
    let cluster = try Cluster()
    try await cluster.followers[1].start()
    try await cluster.master.start()
    #expect(await eventually(within: .seconds(5)) { try await cluster.states() == ["Unhealthy", "Healthy"] })
    try await add(0..<100, to: cluster)
    try await cluster.followers[0].start()
    try await expectFilled(cluster, count: 100)
  }

  /// "… paused (SIGSTOP) past every time-out": hung connections, batches and heartbeats that time out.
  @Test func aFollowerThatHungPastEveryTimeOutIsFilled() async throws {
    let cluster = try await Cluster.start(masterOptions: Self.shortTimes)
    try await add(0..<50, to: cluster)
    cluster.followers[0].pause()
    try await add(50..<100, to: cluster)
    #expect(await eventually(within: .seconds(5)) { try await cluster.states()[0] == "Unhealthy" })
    // More than one heartbeat has timed out by now.
    #expect(await holds(for: .seconds(1)) { try await cluster.states()[0] == "Unhealthy" })
    try await add(100..<150, to: cluster)
    cluster.followers[0].resume()
    try await expectFilled(cluster, count: 150)
  }

  /// "… answering 500 before or after storing, or losing answers on the way": on batches alone, while heartbeats are
  /// answered, and on everything.
  @Test(
    arguments: [
      FaultProxy.Fault.errorBefore, .errorAfter, .loseAnswer, .swallowAnswer, .blackHole, .refuse,
    ], [FaultProxy.Target.everything, .batches])
  func aFollowerWhoseAnswersAreSpoiledIsFilled(fault: FaultProxy.Fault, target: FaultProxy.Target) async throws {
    guard fault != .refuse || target == .everything else { return }
    let (cluster, proxies) = try await ProxiedCluster.start(followers: 2, proxied: 1, masterOptions: Self.shortTimes)
    defer { for proxy in proxies { proxy.stop() } }
    try await add(0..<30, to: cluster)
    try proxies[0].set(fault, on: target)
    try await add(30..<60, to: cluster)
    let waiting = try await RawSocket.waiting(port: cluster.master.port, "m60", w: 3)
    #expect(await eventually(within: .seconds(5)) { try await cluster.master.client.lastOffset() == 61 })
    // A follower that stores what comes says so in its answers to heartbeats: then batches may as well be answered 500.
    let isToldByHeartbeats = target == .batches && [.errorAfter, .loseAnswer, .swallowAnswer].contains(fault)
    #expect(
      await eventually(within: .seconds(10)) {
        if fault == .refuse { return try await cluster.states()[0] == "Unhealthy" }
        return proxies[0].hitCount >= (isToldByHeartbeats ? 1 : 5)
      })
    if !isToldByHeartbeats { #expect(waiting.isQuiet) }
    try proxies[0].set(.pass)
    // Where heartbeats are answered all the time, nothing tells that the fault has ended but the next attempt: the
    // longest back-off, and the time-out of a batch that is in the dark, are waited for.
    try await expectFilled(cluster, count: 61, within: target == .everything ? Self.filledWithin : .seconds(3))
    #expect(try await waiting.answer(within: .seconds(3)).status == 200)
  }

  /// "Back-off ends at once when it returns": the first answered heartbeat ends a pause of 5 to 10 s, also when the fault
  /// was too short for the follower to be Suspected.
  @Test func theFirstAnswerEndsTheBackOff() async throws {
    let (cluster, proxies) = try await ProxiedCluster.start(
      followers: 2, proxied: 1,
      masterOptions: [
        "--backoff-min", "10", "--backoff-max", "10", "--suspected-after", "20", "--unhealthy-after", "30",
      ])
    defer { for proxy in proxies { proxy.stop() } }
    try await add(0..<10, to: cluster)
    try proxies[0].set(.errorBefore)
    try await add(10..<20, to: cluster)
    #expect(await eventually(within: .seconds(5)) { cluster.master.process.stderr.contains("batch failed") })
    let hits = proxies[0].hitCount
    #expect(await eventually(within: .seconds(5)) { proxies[0].hitCount >= hits + 2 })
    try proxies[0].set(.pass)
    try await expectFilled(cluster, count: 20)
  }

  /// All of it in random order while messages are added with every write concern.
  @Test func anyMixOfFaultsEndsWithTheMastersLogEverywhere() async throws {
    let mix = try await FaultMix.start(masterOptions: Self.shortTimes)
    try await mix.run(for: .seconds(8), pauses: 50...400)
  }
}
