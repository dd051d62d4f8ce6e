import Testing

/// Behaviour 11: "Idle: under 2 % of a core and 60 MB of resident memory per node."
///
/// Processor time, not wall clock time: what else runs on the machine does not count. The bounds hold for a debug build too.
@Suite struct IdleTests {
  @Test func idleNodes_UseNextToNothing() async throws {
    let healthy = try await Cluster.start(delays: [5, 2])
    // A dead follower is asked again and again; that must cost little too.
    let halfDead = try await Cluster.start()
    halfDead.followers[1].kill()
    #expect(try await halfDead.master.client.add("for the dead follower", w: 2).status == 200)
    try await healthy.master.client.addAll((1...100).map { "m\($0)" }, w: 1)
    // Long enough for the dead follower's state and pauses to reach their ends, and for the slow ones to be done.
    #expect(await healthy.converges(within: .seconds(10)))
    #expect(await eventually(within: .seconds(10)) { try await halfDead.states() == ["Healthy", "Unhealthy"] })

    let nodes =
      [("master", healthy.master), ("follower-1", healthy.followers[0]), ("follower-2", healthy.followers[1])]
      + [("master with a dead follower", halfDead.master), ("its other follower", halfDead.followers[0])]
    let before = nodes.map { $0.1.process.cpuTime }
    let start = ContinuousClock.now
    try await Task.sleep(for: .seconds(10))
    let elapsed = ContinuousClock.now - start
    for ((name, node), before) in zip(nodes, before) {
      let share = (node.process.cpuTime - before) / elapsed
      #expect(share < 0.02, "\(name) used \(share * 100) % of a core")
      #expect(node.process.residentBytes < 60 << 20, "\(name) has \(node.process.residentBytes >> 20) MB resident")
      // Else the numbers would be of nothing.
      #expect(node.process.residentBytes > 1 << 20)
    }
  }
}
