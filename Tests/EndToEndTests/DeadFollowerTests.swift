import Testing

/// Behaviour 5: "One follower dead and 10,000 messages added: the other has them as fast as ever", and since the log is on
/// the disk, memory does not grow with it.
@Suite(.turn)
struct DeadFollowerTests {
  private static let count = 10_000

  @Test func aDeadFollower_DoesNotSlowTheOther() async throws {
    let cluster = try await Cluster.start()
    var bothAlive: [Duration] = []
    var oneDead: [Duration] = []
    // In turn, so that a busy moment of the machine does not decide.
    for isKnownToBeDead in [false, true] {
      bothAlive.append(try await fill(cluster))
      #expect(await cluster.converges(within: .seconds(20)))
      cluster.followers[1].kill()
      if isKnownToBeDead {
        #expect(await eventually(within: .seconds(8)) { try await cluster.states() == ["Healthy", "Unhealthy"] })
      }
      oneDead.append(try await fill(cluster))
      try await cluster.followers[1].start()
      #expect(await cluster.converges(within: .seconds(20)))
    }
    let alive = try #require(bothAlive.max())
    let dead = try #require(oneDead.max())
    #expect(dead <= alive * 1.5 + .milliseconds(500), "both alive: \(bothAlive), one dead: \(oneDead)")
  }

  @Test func aDeadFollowersBacklog_CostsNoMemory() async throws {
    let cluster = try await Cluster.start()
    let textBytes = 4096
    let text = String(repeating: "x", count: textBytes)
    // Buffers, threads and connections are there before the count begins.
    try await cluster.master.client.addAll(Array(repeating: "warm-up", count: 2000), w: 2)
    cluster.followers[1].kill()
    let before = cluster.master.process.residentBytes
    try await cluster.master.client.addAll(Array(repeating: text, count: Self.count), w: 2)
    let grown = cluster.master.process.residentBytes - before
    // 40 MB of messages; the last 4 MiB of the log are kept in memory.
    #expect(grown < (4 + 12) << 20, "the log grew by \(Self.count * textBytes) bytes, the process by \(grown)")
    // Retries go on and keep nothing.
    let settled = cluster.master.process.residentBytes
    #expect(
      await holds(for: .seconds(5), every: .milliseconds(200)) {
        cluster.master.process.residentBytes < settled + (8 << 20)
      })
  }

  /// Adds 10,000 messages and waits until follower-1 shows them.
  /// - Returns: how long that took.
  private func fill(_ cluster: Cluster) async throws -> Duration {
    let last = try await cluster.master.client.lastOffset() + Self.count
    return try await time {
      try await cluster.master.client.addAll((1...Self.count).map { "message \($0)" }, w: 1)
      let isThere = await eventually(within: .seconds(20), every: .milliseconds(5)) {
        try await cluster.followers[0].client.lastOffset() == last
      }
      #expect(isThere)
    }.duration
  }
}
