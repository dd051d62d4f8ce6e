import Glibc
import Testing

/// Behaviour 7: epochs, incarnations, and one node under two names.
@Suite struct EpochTests {
  /// "A master that restarts empty starts a new epoch …; followers drop the older epoch's log rather than mix two
  /// histories, and the log line says so."
  @Test func aMasterThatRestartsEmptyTakesAHigherEpochAndFollowersDropTheOlderLog() async throws {
    let cluster = try await Cluster.start()
    for text in ["a", "b"] { #expect(try await cluster.master.client.add(text, w: 3).status == 200) }
    let before = try #require(try await cluster.master.client.health()["epoch"]?.int)
    cluster.master.kill()
    try await cluster.master.start()
    let after = try #require(try await cluster.master.client.health()["epoch"]?.int)
    #expect(after > before)
    #expect(try await cluster.master.client.add("c", w: 3).status == 200)
    #expect(await cluster.converges(to: ["c"], within: .seconds(2)))
    for follower in cluster.followers {
      let line = follower.process.lines.first { $0.contains("entries of an older epoch dropped") }
      #expect(line?.contains("entries=2") == true && line?.contains("epoch=\(before)") == true)
      #expect(try await follower.client.health()["epoch"]?.int == after)
    }
  }

  /// "… above any that a follower reports": also when the clock runs behind.
  @Test func aMasterBeginsAboveAnyEpochThatAFollowerReports() async throws {
    let cluster = try Cluster()
    for follower in cluster.followers { try await follower.start() }
    // The year 5138: what a follower has seen when clocks were set back since.
    let future: UInt64 = 100_000_000_000_000
    let answer = try await DenseForm.post(
      DenseForm.request(epoch: future, texts: ["of the future"]), port: cluster.followers[1].port)
    #expect(answer.status == 200)
    #expect(try await cluster.followers[1].client.messages() == ["of the future"])
    try await cluster.master.start()
    #expect(try await cluster.master.client.health()["epoch"]?.int == Int(future) + 1)
    #expect(try await cluster.master.client.add("a", w: 3).status == 200)
    #expect(try await cluster.followers[1].client.messages() == ["a"])
    #expect(cluster.master.process.stderr.contains("beyond the clock"))
  }

  /// There is nothing above the last epoch of all: a follower that somebody led there makes a starting master read-only,
  /// not crash.
  @Test(arguments: [UInt64.max, UInt64.max - 1, UInt64.max >> 1, (UInt64.max >> 1) - 1])
  func theLastEpochsOfAllCrashNobody(epoch: UInt64) async throws {
    let cluster = try Cluster(delays: [0])
    try await cluster.followers[0].start()
    #expect(try await DenseForm.post(DenseForm.request(epoch: epoch), port: cluster.followers[0].port).status == 200)
    try await cluster.master.start()
    if epoch == .max {
      #expect(await eventually(within: .seconds(5)) { try await cluster.master.client.add("a", w: 1).status == 503 })
      #expect(try await cluster.master.client.health()["read_only"]?.string?.contains("\(epoch)") == true)
    } else {
      #expect(try await cluster.master.client.add("a", w: 2).status == 200)
    }
    #expect(cluster.master.process.isRunning)
    #expect(cluster.followers[0].process.isRunning)
  }

  /// An old master that still runs after a newer one has taken its followers: refused, read-only, and its counts never
  /// rise again.
  @Test func anOlderMasterIsRefusedAndBecomesReadOnly() async throws {
    let cluster = try Cluster()
    try await cluster.followers[0].start()
    let old = cluster.master
    try await old.start()
    #expect(try await old.client.add("a", w: 2).status == 200)
    let waiting = try await RawSocket.waiting(port: old.port, "b", w: 3)
    #expect(await eventually(within: .seconds(5)) { try await cluster.followers[0].client.messages() == ["a", "b"] })

    let newer = Cluster.Node(port: try FreePort.take(), arguments: old.arguments)
    try await newer.start()
    #expect(await eventually(within: .seconds(5)) { try await old.client.health()["read_only"]?.string != nil })
    // The old master may be the first that this one hears, for a moment.
    try await cluster.followers[1].start()
    #expect(try await newer.client.add("y", w: 3).status == 200)
    let reason = try await old.client.health()["read_only"]?.string ?? ""
    #expect(reason.contains("follows a later master"), "\(reason)")
    let refused = try await old.client.add("c", w: 1)
    #expect(refused.status == 503)
    #expect(refused.message.hasPrefix("not written: the master is read-only") && refused.message.contains(reason))

    // Both followers are there and hold an entry at offset 1; neither is one of the old master's.
    let countsNothing: () async throws -> Bool = {
      let health = try await old.client.health()
      let matches = health["followers"]?.array?.map { $0["match_offset"]?.int ?? -1 }
      return matches == [0, 0] && health["commit_offset"]?.int == 0 && health["last_offset"]?.int == 2
    }
    #expect(await eventually(within: .seconds(5), countsNothing))
    let isQuiet = await holds(for: .seconds(1)) { try await countsNothing() && waiting.isQuiet }
    #expect(isQuiet, "\(old.process.stderr)")
    for follower in cluster.followers { #expect(try await follower.client.messages() == ["y"]) }
    #expect(cluster.followers[0].process.stderr.contains("an older master was refused"))
    old.process.send(SIGTERM)
    #expect(try await waiting.answer().status == 504)
  }

  /// "Late answers of a follower's earlier incarnation … never raise a count."
  @Test func aLateAnswerOfAnEarlierIncarnationIsDropped() async throws {
    var proxy: FaultProxy?
    let cluster = try Cluster(delays: [0]) { urls in
      let made = try FaultProxy(toURL: urls[0])
      proxy = made
      return [made.url]
    }
    let between = try #require(proxy)
    defer { between.stop() }
    try await cluster.followers[0].start()
    try await cluster.master.start()
    #expect(await cluster.becomesHealthy())
    // Answers to heartbeats would say as well that it holds the message.
    try between.set(.holdAnswer)
    let waiting = try await RawSocket.waiting(port: cluster.master.port, "a", w: 2)
    #expect(await eventually(within: .seconds(5)) { between.heldBatchCount == 1 })
    #expect(try await cluster.followers[0].client.messages() == ["a"])

    // It stored the message, said so, and is gone; its successor gets heartbeats only.
    cluster.followers[0].kill()
    try between.set(.errorBefore, on: .batches)
    try await cluster.followers[0].start()
    #expect(
      await eventually(within: .seconds(10)) {
        cluster.master.process.lines.count { $0.contains("follower met") } == 2
      })
    between.release()
    #expect(
      await eventually(within: .seconds(5)) {
        cluster.master.process.stderr.contains("answer of an earlier incarnation dropped")
      })
    let isUncounted = await holds(for: .seconds(1)) {
      let follower = try await cluster.master.client.health()["followers"]?[0]
      return waiting.isQuiet && follower?["match_offset"]?.int == 0
    }
    #expect(isUncounted, "\(cluster.master.process.stderr)\(cluster.followers[0].process.stderr)")
    try between.set(.pass)
    #expect(try await waiting.answer().status == 200)
    #expect(try await cluster.followers[0].client.messages() == ["a"])
  }

  /// How a second URL leads to the same node.
  enum OtherName: CaseIterable { case localhost, proxy }

  /// "… and one node listed under two URLs, never raise a count."
  @Test(arguments: OtherName.allCases)
  func oneNodeUnderTwoURLsCountsOnce(_ otherName: OtherName) async throws {
    let follower = Cluster.Node(port: try FreePort.take(), arguments: ["follower"])
    try await follower.start()
    let proxy = try FaultProxy(to: follower.port)
    defer { proxy.stop() }
    let other = otherName == .proxy ? proxy.url : "http://localhost:\(follower.port)"
    let master = Cluster.Node(
      port: try FreePort.take(), arguments: ["master", "--follower", follower.url, "--follower", other])
    try await master.start()
    #expect(
      await eventually(within: .seconds(5)) {
        try await master.client.health()["followers"]?.array?.allSatisfy { $0["state"]?.string == "Healthy" } == true
      })
    #expect(try await master.client.add("a", w: 2).status == 200)
    let waiting = try await RawSocket.waiting(port: master.port, "b", w: 3)
    // Both URLs report that they hold it.
    #expect(
      await eventually(within: .seconds(5)) {
        try await master.client.health()["followers"]?.array?.allSatisfy { $0["match_offset"]?.int == 2 } == true
      })
    #expect(await holds(for: .seconds(1)) { waiting.isQuiet })
    #expect(try await follower.client.messages() == ["a", "b"])
    #expect(try await master.client.add("c", w: 2).status == 200)
    #expect(master.process.stderr.contains("two followers are one node, which counts once"))
  }
}
