import HTTPClient
import Testing

/// "Full disk → adds get 507 (not written) with a clear message, reads and waiting requests go on, and it ends by itself when
/// space is back, without a restart and without a gap; a follower that is full says so in `/health` and counts as missing."
@Suite(.serialized, .enabled(if: SmallDisk.isPossible, "mounting a small disk needs root here"))
struct FullDiskTests {
  private static let text = String(repeating: "x", count: 100_000)

  @Test func aFullMasterAnswers507UntilThereIsSpace() async throws {
    let disk = try SmallDisk(megabytes: 12)
    let follower = try Cluster.Node(port: FreePort.take(), arguments: ["follower"])
    let master = try Cluster.Node(
      port: FreePort.take(), arguments: ["master", "--follower", follower.url] + FollowerFaultTests.shortTimes)
    try await follower.start()
    try await master.start(["--data-dir", "\(disk.path)/data"])
    try disk.fill(leaving: 2)
    var taken = 0
    var refused: Answer?
    for _ in 0..<150 where refused == nil {
      let answer = try await master.client.add(Self.text, w: 1)
      if answer.status == 200 { taken += 1 } else { refused = answer }
    }
    #expect(taken > 0)
    #expect(refused?.status == 507)
    #expect(refused?.message.hasPrefix("not written: the node's disk is full") == true)
    #expect(try #require(refused?.data?["bytes_needed"]?.int) > 100_000)
    #expect(refused?.headers["Retry-After"] == "1")
    #expect(try await master.client.health()["storage_trouble"]?.string == "the disk is full")

    // Reading goes on, and so do those who wait: here for a follower that hangs.
    #expect(try await master.client.messages().count == taken)
    follower.pause()
    // What still finds room is taken.
    let small = try await master.client.add("small", w: 1)
    #expect([200, 507].contains(small.status))
    if small.status == 200 { taken += 1 }
    follower.resume()
    #expect(await eventually(within: .seconds(5)) { try await follower.client.lastOffset() == taken })
    let stays = await holds(for: .seconds(2), every: .milliseconds(200)) {
      try await master.client.add(Self.text, w: 1).status == 507
    }
    #expect(stays)

    try disk.free()
    #expect(
      await eventually(within: .seconds(4), every: .milliseconds(100)) {
        try await master.client.health()["storage_trouble"] == .null
      })
    #expect(try await master.client.add("after", w: 2).status == 200)
    #expect(try await master.client.lastOffset() == taken + 1)
    #expect(try await follower.client.messages() == master.client.messages())
    #expect(master.process.logLines.contains { $0.level == "error" && $0.message.contains("disk is full") })
    #expect(master.process.logLines.contains { $0.message == "the disk is no longer full" })
    try await master.stop()
    #expect(try await Program.run(["verify", "\(disk.path)/data"]).exit == .status(0))
  }

  @Test func aFullFollowerCountsAsMissing() async throws {
    let disk = try SmallDisk(megabytes: 12)
    let follower = try Cluster.Node(port: FreePort.take(), arguments: ["follower"])
    let master = try Cluster.Node(
      port: FreePort.take(),
      arguments: ["master", "--follower", follower.url, "--quorum", "2"] + FollowerFaultTests.shortTimes)
    try await follower.start(["--data-dir", "\(disk.path)/data"])
    try await master.start()
    #expect(await eventually(within: .seconds(3)) { try await master.client.add("a", w: 2).status == 200 })
    try disk.fill(leaving: 1)
    // More than there is room for.
    for _ in 0..<20 where try await master.client.add(Self.text, w: 1).status == 200 {}
    for _ in 0..<100 {
      guard try await master.client.add(Self.text, w: 1).status == 200 else { break }
    }
    #expect(
      await eventually(within: .seconds(10)) {
        try await follower.client.health()["storage_trouble"]?.string == "the disk is full"
      })
    #expect(
      await eventually(within: .seconds(5)) {
        let health = try await master.client.health()
        return health["read_only"]?.string?.contains("quorum") == true
          && health["followers"]?[0]?["problem"]?.string?.contains("disk is full") == true
      }, "\(master.process.stderr)")
    #expect(try await follower.client.messages().first == "a")
    try disk.free()
    #expect(
      await eventually(within: .seconds(10)) {
        let health = try await master.client.health()
        return health["read_only"]?.isNull == true && health["followers"]?[0]?["lag"]?.int == 0
      }, "\(follower.process.stderr)")
    #expect(try await master.client.add("after", w: 2).status == 200)
    #expect(try await follower.client.messages() == master.client.messages())
  }

  /// The epoch is to be durable before use: without space for it a master only shows what it has, and begins when there is.
  @Test func aMasterStartedOnAFullDiskShowsWhatItHasAndBeginsWhenThereIsSpace() async throws {
    let disk = try SmallDisk(megabytes: 12)
    let master = try Cluster.Node(port: FreePort.take(), arguments: ["master"])
    try await master.start(["--data-dir", "\(disk.path)/data"])
    #expect(try await master.client.add("a", w: 1).status == 200)
    try disk.fill(leaving: 0)
    // What space it had taken ahead is used up, and would else be given back by the start.
    while try await master.client.add(Self.text, w: 1).status == 200 {}
    while try await master.client.add("a", w: 1).status == 200 {}
    let messages = try await master.client.messages()
    master.kill()
    try disk.fill(leaving: 0)
    try await master.start(["--data-dir", "\(disk.path)/data"])
    #expect(try await master.client.messages() == messages)
    let refused = try await master.client.add("b", w: 1)
    #expect(refused.status == 507)
    #expect(refused.message.contains("not written") && refused.message.contains("the disk is full"))
    #expect(try await master.client.health()["read_only"]?.string == "the disk is full")
    // It is stopped and started like any other.
    try await master.stop()
    try await master.start(["--data-dir", "\(disk.path)/data"])
    let epoch = try await master.client.health()["epoch"]?.int
    try disk.free()
    #expect(await eventually(within: .seconds(5)) { try await master.client.add("b", w: 1).status == 200 })
    #expect(try await master.client.health()["read_only"]?.isNull == true)
    #expect(try #require(await master.client.health()["epoch"]?.int) > (try #require(epoch)))
    #expect(try await master.client.messages() == messages + ["b"])
  }

  /// Without a log there is nothing to show.
  @Test(arguments: ["master", "follower"]) func aNewNodeOnAFullDiskEndsWithOneLine(role: String) async throws {
    let disk = try SmallDisk(megabytes: 1)
    let node = try Cluster.Node(port: FreePort.take(), arguments: [role])
    try disk.fill(leaving: 0)
    try node.launch(["--data-dir", "\(disk.path)/data"])
    #expect(try await node.process.waitForExit(within: .seconds(10)) == .status(1))
    let lines = node.process.stderr.split(separator: "\n")
    #expect(lines.count == 1 && lines[0].contains("No space left on device"), "\(node.process.stderr)")
    try disk.free()
    try await node.start(["--data-dir", "\(disk.path)/data"])
    #expect(try await node.client.messages() == [])
  }
}
