import Glibc
import Testing

/// Behaviour 7: epochs, incarnations, and one node under two names.
@Suite struct EpochTests {
  /// "Each start of a master takes a new epoch, above its own and every follower's that it hears of, durable before use":
  /// 1, 2, 3, … for a log on a disk.
  @Test func eachStartOfAMasterTakesTheNextEpoch() async throws {
    let cluster = try await Cluster.start()
    for epoch in 1...4 {
      #expect(try await cluster.master.client.health()["epoch"]?.int == epoch)
      #expect(try await cluster.master.client.add("of epoch \(epoch)", w: 3).status == 200)
      for follower in cluster.followers { #expect(try await follower.client.health()["epoch"]?.int == epoch) }
      // A start without a message uses up an epoch as well.
      cluster.master.kill()
      try await cluster.master.start()
    }
    #expect(try await cluster.master.client.health()["epoch"]?.int == 5)
    #expect(await cluster.converges(to: (1...4).map { "of epoch \($0)" }, within: .seconds(2)))
    let dump = try await Program.run(["dump", cluster.followers[0].dataDirectory])
    #expect(dump.stdout == (1...4).map { "\($0)\t\($0)\t\"of epoch \($0)\"\n" }.joined())
  }

  /// Also without a follower that could tell it.
  @Test func aLoneMastersEpochsAreDurable() async throws {
    let master = try Cluster.Node(port: FreePort.take(), arguments: ["master"])
    for epoch in 1...4 {
      try await master.start()
      #expect(try await master.client.health()["epoch"]?.int == epoch)
    }
  }

  /// "… above any that a follower reports".
  @Test func aMasterBeginsAboveAnyEpochThatAFollowerReports() async throws {
    let cluster = try Cluster()
    for follower in cluster.followers { try await follower.start() }
    let high: UInt64 = 100_000_000_000_000
    #expect(
      try await DenseForm.post(DenseForm.request(epoch: high), port: cluster.followers[1].port).status == 200)
    try await cluster.master.start()
    #expect(try await cluster.master.client.health()["epoch"]?.int == Int(high) + 1)
    #expect(try await cluster.master.client.add("a", w: 3).status == 200)
    #expect(try await cluster.followers[1].client.messages() == ["a"])
  }

  /// "A follower durably promises the highest (epoch, start id) it has accepted and refuses lower ones and the same epoch
  /// from another start (409 with its own)", before and after a restart.
  @Test func aFollowersPromiseSurvivesItsRestart() async throws {
    let follower = try Cluster.Node(port: FreePort.take(), arguments: ["follower"])
    try await follower.start()
    let master = DenseForm.request(epoch: 7, startID: 70, texts: ["a"])
    #expect(try await DenseForm.post(master, port: follower.port).status == 200)
    for _ in 0..<3 {
      for (epoch, startID) in [(6, 60), (7, 69), (7, 71)] as [(UInt64, UInt64)] {
        let body = DenseForm.request(epoch: epoch, startID: startID, texts: ["other"])
        let refused = try await DenseForm.post(body, port: follower.port)
        #expect(refused.status == 409)
        // Its own promise is in the answer: Sources/ReplicationCore/Wire/ReplicateAnswer.swift.
        #expect(Array(refused.body[36..<52]) == LittleEndian.bytes(UInt64(7)) + LittleEndian.bytes(UInt64(70)))
      }
      #expect(try await follower.client.messages() == ["a"])
      follower.kill()
      try await follower.start()
    }
    #expect(try await DenseForm.post(master, port: follower.port).status == 200)
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
  /// rise again. The newer one runs on a copy of the older one's folder.
  @Test func anOlderMasterIsRefusedAndBecomesReadOnly() async throws {
    let cluster = try Cluster()
    try await cluster.followers[0].start()
    let old = cluster.master
    try await old.start()
    #expect(try await old.client.add("a", w: 2).status == 200)
    let newer = try Cluster.Node(port: FreePort.take(), arguments: old.arguments)
    try old.data.copy(to: newer.dataDirectory)
    let waiting = try await RawSocket.waiting(port: old.port, "b", w: 3)
    #expect(await eventually(within: .seconds(5)) { try await cluster.followers[0].client.messages() == ["a", "b"] })

    try await newer.start()
    #expect(await eventually(within: .seconds(5)) { try await old.client.health()["read_only"]?.string != nil })
    // Nobody will ever confirm what it waits for.
    let abandoned = try await waiting.answer()
    #expect(abandoned.status == 504 && abandoned.text.contains(#""outcome":"unknown""#), "\(abandoned.text)")
    // The old master may be the first that this one hears, for a moment.
    try await cluster.followers[1].start()
    // It was copied before "b", and has copied that back from the follower.
    #expect(try await newer.client.add("y", w: 3).status == 200)
    for follower in cluster.followers { #expect(try await follower.client.messages() == ["a", "b", "y"]) }
    let reason = try await old.client.health()["read_only"]?.string ?? ""
    #expect(reason.contains("follows a later master"), "\(reason)")
    let refused = try await old.client.add("c", w: 1)
    #expect(refused.status == 503)
    #expect(refused.message.hasPrefix("not written: the master is read-only") && refused.message.contains(reason))

    // Both followers are there and go on; nothing that they hold counts for the old master any more.
    let commit = try await old.client.health()["commit_offset"]?.int
    #expect(try await newer.client.add("z", w: 3).status == 200)
    let isQuiet = await holds(for: .seconds(1)) {
      let health = try await old.client.health()
      return health["last_offset"]?.int == 2 && health["commit_offset"]?.int == commit
    }
    #expect(isQuiet, "\(old.process.stderr)")
    #expect(cluster.followers[0].process.stderr.contains("an older master was refused"))
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

    // It stored the message, said so, and is gone with its disk; its successor gets heartbeats only.
    cluster.followers[0].kill()
    try cluster.followers[0].wipe()
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
    let follower = try Cluster.Node(port: FreePort.take(), arguments: ["follower"])
    try await follower.start()
    let proxy = try FaultProxy(to: follower.port)
    defer { proxy.stop() }
    let other = otherName == .proxy ? proxy.url : "http://localhost:\(follower.port)"
    let master = try Cluster.Node(
      port: FreePort.take(), arguments: ["master", "--follower", follower.url, "--follower", other])
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
