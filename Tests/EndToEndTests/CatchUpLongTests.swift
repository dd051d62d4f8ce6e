import Locking
import Testing

/// Ten times as much, beside live adds: `REPLOG_LONG=1`.
@Suite(.serialized, .turn, .enabled(if: LongTests.areEnabled)) struct CatchUpLongTests {
  private static let count = 1_000_000

  /// "Live adds keep at least 0.7 of their rate meanwhile."
  @Test(.timeLimit(.minutes(20))) func aFollowerThatMissedAMillionMessages_IsCaughtUpBesideLiveAdds() async throws {
    let cluster = try await Cluster.start()
    let follower = cluster.followers[0]
    follower.kill()
    try await cluster.master.client.addPipelined(Self.count, clients: 50)
    let before = try await rate(of: cluster) { try await Task.sleep(for: .seconds(5)) }
    try await follower.start()
    let meanwhile = try await rate(of: cluster) {
      let isCaughtUp = await eventually(within: .seconds(300)) {
        let view = try await cluster.master.client.health()["followers"]?[0]
        return view?["match_offset"]?.int ?? 0 >= Self.count
      }
      #expect(isCaughtUp)
    }
    print("live adds a second: \(Int(before)) before, \(Int(meanwhile)) during the catch-up")
    // A debug build spends most of a core on checking what is caught up: the bar is for what people run,
    // `REPLOG_BINARY=.build/release/replog`.
    let bar = NodeProcess.binary.contains("/release/") ? 0.7 : 0.25
    #expect(meanwhile >= bar * before)
    #expect(await cluster.converges(within: .seconds(60)))
    for node in cluster.nodes {
      #expect(node.process.residentBytesMax < 200 << 20, "\(node.process.residentBytesMax >> 20) MB")
    }
  }

  /// How many messages a second 16 clients add, with the follower that is there, while something goes on.
  private func rate(of cluster: Cluster, while body: () async throws -> Void) async throws -> Double {
    let writers = Writers(cluster.master.client, clients: 16, writeConcernMax: 2)
    let isOn = Locked(true)
    async let writing: Void = writers.write { isOn.withLock { $0 } }
    let (took, _) = try await time { try await body() }
    let count = writers.confirmedCount
    isOn.withLock { $0 = false }
    await writing
    return Double(count) / took.inSeconds
  }
}
