import Testing

/// "Changing the followers of a master (a restart with another list: added, replaced, removed; what w, majority and quorum
/// then mean)."
@Suite(.serialized) struct MembershipTests {
  /// One master that is restarted with the followers that a test names.
  private struct Stage {
    let followers: [Cluster.Node]
    let data = try? Folder()

    init(followers count: Int) async throws {
      followers = try (0..<count).map { _ in try Cluster.Node(port: FreePort.take(), arguments: ["follower"]) }
      for follower in followers { try await follower.start() }
    }

    /// Starts the master on the same folder with these followers, and waits until all of them are healthy.
    func master(_ indices: [Int], _ options: [String] = []) async throws -> Cluster.Node {
      let node = try Cluster.Node(
        port: FreePort.take(),
        arguments: ["master"] + indices.flatMap { ["--follower", followers[$0].url] } + FollowerFaultTests.shortTimes
          + options)
      guard let data else { throw HarnessError("no folder") }
      try await node.start(["--data-dir", "\(data.path)/data"])
      let areHealthy = await eventually(within: .seconds(5)) {
        try await node.client.health()["followers"]?.array?.map { $0["state"]?.string }
          == indices.map { _ in "Healthy" }
      }
      guard areHealthy else { throw HarnessError(node.process.stderr) }
      return node
    }
  }

  /// An added follower is filled, w goes up to the new number, and the majority is that of all.
  @Test func anAddedFollowerIsFilledAndCounts() async throws {
    let stage = try await Stage(followers: 3)
    var master = try await stage.master([0])
    for text in ["a", "b"] { #expect(try await master.client.add(text, w: 2).status == 200) }
    #expect(try await master.client.add("too many", w: 3).status == 422)
    try await master.stop()
    master = try await stage.master([0, 1, 2])
    #expect(try await master.client.messages() == ["a", "b"])
    for follower in stage.followers {
      #expect(await eventually(within: .seconds(3)) { try await follower.client.messages() == ["a", "b"] })
    }
    #expect(try await master.client.add("c", w: 4).status == 200)
    let answer = try await master.client.add("too many", w: 5)
    #expect(answer.status == 422 && answer.data?["write_concern_max"]?.int == 4)
    // A majority of four nodes is three.
    for follower in stage.followers[1...] { follower.pause() }
    let waiting = try RawSocket(port: master.port)
    try await waiting.send(RawSocket.request("POST /add", body: Array(#"{"data":"d"}"#.utf8)))
    #expect(await holds(for: .seconds(1)) { waiting.isQuiet })
    stage.followers[1].resume()
    #expect(try await waiting.answer().status == 200)
  }

  /// A follower replaced by an empty one: the new one is filled, and the old one counts no more.
  @Test func aReplacedFollowerIsFilled() async throws {
    let stage = try await Stage(followers: 3)
    var master = try await stage.master([0, 1])
    for text in ["a", "b"] { #expect(try await master.client.add(text, w: 3).status == 200) }
    try await master.stop()
    stage.followers[1].kill()
    master = try await stage.master([0, 2])
    #expect(await eventually(within: .seconds(3)) { try await stage.followers[2].client.messages() == ["a", "b"] })
    #expect(try await master.client.add("c", w: 3).status == 200)
    // The old one comes back to the list later, with what it had.
    try await master.stop()
    try await stage.followers[1].start()
    #expect(try await stage.followers[1].client.messages() == ["a", "b"])
    master = try await stage.master([0, 1, 2])
    #expect(
      await eventually(within: .seconds(3)) { try await stage.followers[1].client.messages() == ["a", "b", "c"] })
    #expect(try await master.client.add("d", w: 4).status == 200)
  }

  /// A removed follower keeps what it has and gets nothing more; w above the new number is 422.
  @Test func aRemovedFollowerCountsNoMore() async throws {
    let stage = try await Stage(followers: 2)
    var master = try await stage.master([0, 1], ["--quorum", "3"])
    #expect(try await master.client.add("a", w: 3).status == 200)
    try await master.stop()
    master = try await stage.master([0], ["--quorum", "2"])
    stage.followers[1].pause()
    // Two of two nodes are the majority now, and the quorum.
    #expect(try await master.client.add("b").status == 200)
    let answer = try await master.client.add("too many", w: 3)
    #expect(answer.status == 422 && answer.message.contains("from 1 to 2"))
    stage.followers[1].resume()
    #expect(await holds(for: .seconds(1)) { try await stage.followers[1].client.messages() == ["a"] })
    #expect(try await stage.followers[0].client.messages() == ["a", "b"])
    try await master.stop()
    // "must be 1 to 2": a quorum that the new list can't have is told at once.
    let program = try await Program.run([
      "master", "--port", "0", "--follower", stage.followers[0].url, "--quorum", "3",
    ])
    #expect(program.failedWithOneLine && program.stderr.contains("--quorum is 3; it must be 1 to 2"))
  }

  /// A follower that belongs to another master's log is not overwritten.
  @Test func aFollowerOfAnotherLogIsNotOverwritten() async throws {
    let stage = try await Stage(followers: 1)
    let other = try await Cluster.start(delays: [0])
    #expect(try await other.master.client.add("theirs", w: 2).status == 200)
    let own = try Cluster.Node(
      port: FreePort.take(),
      arguments: ["master", "--follower", stage.followers[0].url] + FollowerFaultTests.shortTimes)
    try await own.start()
    #expect(await eventually(within: .seconds(3)) { try await own.client.add("ours", w: 2).status == 200 })
    try await own.stop()
    // It was away when this one was given to us.
    other.followers[0].kill()
    let both = try Cluster.Node(
      port: FreePort.take(), arguments: own.arguments + ["--follower", other.followers[0].url])
    try await both.start(["--data-dir", own.dataDirectory])
    #expect(try await both.client.add("more", w: 2).status == 200)
    other.master.kill()
    try await other.followers[0].start()
    #expect(
      await eventually(within: .seconds(5)) {
        try await both.client.health()["followers"]?[1]?["problem"]?.string?.contains("another log") == true
      }, "\(both.process.stderr)")
    #expect(try await other.followers[0].client.messages() == ["theirs"])
    // It counts as missing, and nobody else is held up.
    let waiting = try await RawSocket.waiting(port: both.port, "for three", w: 3)
    #expect(try await both.client.add("for two", w: 2).status == 200)
    #expect(await holds(for: .seconds(1)) { waiting.isQuiet })
  }
}
