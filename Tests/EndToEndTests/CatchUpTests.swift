import Testing

/// "Follower stopped while messages are added, then started: caught up automatically, its memory bounded; progress (offset,
/// lag, rate, time left) in `/health` and one log line every few seconds."
@Suite(.turn) struct CatchUpTests {
  private static let count = 100_000

  /// In small batches, one at a time, so that there is something to see.
  @Test(.timeLimit(.minutes(3))) func aFollowerThatMissedAHundredThousandMessages_IsCaughtUp() async throws {
    let cluster = try await Cluster.start(
      delays: [0.05], masterOptions: ["--batch-entries", "1000", "--window-batches", "1"])
    let (master, follower) = (cluster.master, cluster.followers[0])
    follower.kill()
    try await master.client.addPipelined(Self.count, clients: 50)
    let toldBefore = master.process.logLines.count
    try await follower.start()
    let isTold = await eventually(within: .seconds(10)) {
      let view = try await master.client.health()["followers"]?[0]
      guard let rate = view?["catch_up"]?["entries_per_second"]?.int, rate > 0,
        let left = view?["catch_up"]?["seconds_left"]?.int, let lag = view?["lag"]?.int,
        let match = view?["match_offset"]?.int
      else { return false }
      // The numbers belong to each other.
      return match + lag == Self.count && left <= 2 * lag / rate + 2
    }
    #expect(isTold)
    #expect(await eventually(within: .seconds(60)) { try await follower.client.lastOffset() == Self.count })
    #expect(await eventually(within: .seconds(3)) { master.process.stderr.contains(" caught up ") })
    let isSame = try await follower.client.messages() == master.client.messages()
    #expect(isSame)
    for node in cluster.nodes {
      #expect(node.process.residentBytesMax < 100 << 20, "\(node.process.residentBytesMax >> 20) MB")
    }
    #expect(try await master.client.health()["followers"]?[0]?["catch_up"]?.isNull == true)
    #expect(try await master.client.add("after", w: 2).status == 200)

    let lines = master.process.logLines.dropFirst(toldBefore).filter { $0.message == "catching up" }
    #expect((1...20).contains(lines.count), "\(lines)")
    for fact in ["match", "lag", "per_s", "left_s"] { #expect(lines.allSatisfy { $0.facts[fact] != nil }) }
    let matches = lines.compactMap { $0.facts["match"].flatMap { Int($0) } }
    #expect(matches == matches.sorted() && matches.last ?? 0 > 0)
  }
}
