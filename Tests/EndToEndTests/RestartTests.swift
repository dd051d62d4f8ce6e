import Testing

/// What is there after a restart, whoever it was.
@Suite(.serialized) struct RestartTests {
  private func cluster(_ texts: [String]) async throws -> Cluster {
    let cluster = try await Cluster.start(masterOptions: FollowerFaultTests.shortTimes)
    for text in texts { #expect(try await cluster.master.client.add(text, w: 3).status == 200) }
    return cluster
  }

  /// "A clean stop and start keeps everything."
  @Test func aCleanStopAndStartKeepsEverything() async throws {
    let texts = ["", "two words", "Ünïcödé \u{1F600}", "line\nbreak", String(repeating: "long ", count: 100_000)]
    let cluster = try await cluster(texts)
    let before = try await cluster.master.client.health()
    for node in cluster.nodes { try await node.stop() }
    for node in cluster.nodes {
      let check = try await node.verify()
      #expect(check.exit == .status(0) && !check.stdout.contains("torn"), "\(check.stdout)")
    }
    for node in cluster.nodes.reversed() { try await node.start() }
    #expect(await cluster.becomesHealthy())
    for node in cluster.nodes { #expect(try await node.client.messages() == texts) }
    let after = try await cluster.master.client.health()
    #expect(after["log_id"] == before["log_id"] && after["node_id"] == before["node_id"])
    #expect(try await cluster.master.client.add("more", w: 3).status == 200)
    #expect(await cluster.converges(to: texts + ["more"], within: .seconds(2)))
  }

  /// "Follower wiped."
  @Test func aWipedFollowerIsFilled() async throws {
    let cluster = try await cluster(["a", "b", "c"])
    cluster.followers[0].kill()
    try cluster.followers[0].wipe()
    try await cluster.followers[0].start()
    #expect(await cluster.converges(to: ["a", "b", "c"], within: .seconds(2)))
    #expect(try await cluster.master.client.add("d", w: 3).status == 200)
  }

  /// "Follower restarted without new traffic": what was added while it was away is there within a second.
  @Test func aRestartedFollowerIsCaughtUpWithoutNewTraffic() async throws {
    let cluster = try await cluster(["a"])
    cluster.followers[0].kill()
    for number in 0..<50 { #expect(try await cluster.master.client.add("\(number)", w: 2).status == 200) }
    try await cluster.followers[0].start()
    // It has kept what it had.
    #expect(try await cluster.followers[0].client.messages().first == "a")
    #expect(await cluster.converges(to: ["a"] + (0..<50).map { "\($0)" }, within: .seconds(1)))
  }

  /// "Master restarted": it goes on with its log in the next epoch; who waited has no answer, and the message is there.
  @Test func aRestartedMasterGoesOnWithItsLog() async throws {
    let cluster = try await cluster(["a"])
    cluster.followers[1].kill()
    let waiting = try await RawSocket.waiting(port: cluster.master.port, "b", w: 3)
    #expect(await eventually(within: .seconds(5)) { try await cluster.master.client.waitingCount() == 1 })
    // Else the kill could come before it was synced, and so before anybody was told of it.
    #expect(await eventually(within: .seconds(5)) { try await cluster.master.client.messages() == ["a", "b"] })
    cluster.master.kill()
    await #expect(throws: RawSocket.Failure.self) { try await waiting.answer() }
    try await cluster.master.start()
    #expect(try await cluster.master.client.messages() == ["a", "b"])
    #expect(try await cluster.master.client.health()["epoch"]?.int == 2)
    #expect(try await cluster.master.client.add("c", w: 2).status == 200)
    try await cluster.followers[1].start()
    #expect(await cluster.converges(to: ["a", "b", "c"], within: .seconds(2)))
    #expect(try await cluster.master.client.add("d", w: 3).status == 200)
  }

  /// "Whole cluster restarted with blocked clients": all connections end, and what they sent is on every node, once.
  @Test func aWholeClusterRestartedWithBlockedClientsHasTheirMessages() async throws {
    let cluster = try await cluster(["first"])
    cluster.followers[1].kill()
    var waiting: [RawSocket] = []
    for number in 0..<50 { waiting.append(try await .waiting(port: cluster.master.port, "blocked \(number)", w: 3)) }
    let all = ["first"] + (0..<50).map { "blocked \($0)" }
    #expect(await eventually(within: .seconds(5)) { try await cluster.master.client.messages().count == 51 })
    for node in [cluster.master, cluster.followers[0]] { node.process.send(9) }
    for socket in waiting { await #expect(throws: RawSocket.Failure.self) { try await socket.answer() } }
    for node in cluster.nodes { try node.launch() }
    for node in cluster.nodes { _ = try await node.process.port() }
    #expect(await cluster.converges(within: .seconds(3)))
    #expect(try await cluster.followers[1].client.messages().sorted() == all.sorted())
    #expect(try await cluster.master.client.add("after", w: 3).status == 200)
  }

  /// A master that starts long before its followers takes messages, and they get all of them.
  @Test func aMasterRestartedAloneGoesOn() async throws {
    let cluster = try await cluster(["a"])
    for node in cluster.nodes { node.kill() }
    let (took, _) = try await time { try await cluster.master.start() }
    // "Those that answer within 2 s."
    #expect(took < .seconds(4))
    #expect(try await cluster.master.client.add("b", w: 1).status == 200)
    for follower in cluster.followers { try await follower.start() }
    #expect(await cluster.converges(to: ["a", "b"], within: .seconds(2)))
  }

  /// "A torn tail is cut to the last whole record and reported (bytes, offset)", on one line.
  @Test(arguments: ["master", "follower"]) func aTornTailIsCutAndReported(role: String) async throws {
    let cluster = try await cluster(["a", "b"])
    let node = role == "master" ? cluster.master : cluster.followers[0]
    node.kill()
    let segment = try #require(node.data.segments.last)
    let end = try node.data.entriesEnd(in: segment)
    // The beginning of an entry that never came to its end.
    try node.data.write(Array(repeating: 0x5A, count: 300), at: end, in: segment)
    let check = try await node.verify()
    #expect(check.exit == .status(0) && check.stdout.contains("torn tail of 300 bytes from entry 3 on"), "\(check)")
    try await node.start()
    let lines = node.process.logLines.filter { $0.message.contains("torn tail was cut") }
    #expect(lines.count == 1)
    #expect(lines.first?.facts["bytes"] == "300" && lines.first?.facts["offset"] == "3")
    #expect(try await node.client.messages() == ["a", "b"])
    #expect(await cluster.becomesHealthy())
    #expect(try await cluster.master.client.add("c", w: 3).status == 200)
    #expect(await cluster.converges(to: ["a", "b", "c"], within: .seconds(2)))
  }
}
