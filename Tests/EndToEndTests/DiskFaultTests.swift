import Locking
import Testing

/// "EIO, ENOSPC and short writes injected at every system call of the write path: no false acknowledgement, recovery as
/// above", that is, by itself.
@Suite(.serialized, .turn, .enabled(if: DiskFault.isPossible, "strace is missing here or may not attach to processes"))
struct DiskFaultTests {
  /// One after the other on the same nodes, on a master and on a follower at the same time, while clients add messages. At the
  /// end the nodes are killed: what was answered 200 is on their disks.
  @Test(.timeLimit(.minutes(5))) func noFaultOfTheWritePathIsAcknowledged_AndEachEndsByItself() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for node in 0...1 {
        group.addTask {
          let run = try await DiskFaultRun.start(on: node)
          for fault in DiskFaultRun.faults { try await run.meet(fault) }
          try await run.finish()
        }
      }
      try await group.waitForAll()
    }
  }

  /// "The node stops acknowledging": while it lasts, adds are refused with a reason, and nothing new is shown.
  @Test(arguments: [("pwrite64:error=EIO", 503), ("fdatasync:error=EIO", 503), ("pwrite64:error=ENOSPC", 507)])
  func whileTheMastersDiskFails_AddsAreRefused_AndReadsGoOn(call: String, status: Int) async throws {
    let cluster = try await Cluster.start(delays: [0], masterOptions: FollowerFaultTests.shortTimes)
    let master = cluster.master
    #expect(try await master.client.add("before", w: 2).status == 200)
    let fault = try await DiskFault([call], on: master)
    // This one has its offset when the disk fails: it waits, and keeps it.
    let waiting = try await RawSocket.waiting(port: master.port, "in between", w: 1)
    #expect(
      await eventually(within: .seconds(5)) { try await master.client.health()["storage_trouble"]?.string != nil })
    let isRefusing = await holds(for: .seconds(1.5), every: .milliseconds(100)) {
      let refused = try await master.client.add("refused", w: 1)
      let health = try await master.client.health()
      return refused.status == status && refused.message.hasPrefix("not written: ") && waiting.isQuiet
        && health["last_offset"]?.int == 1 && health["read_only"]?.string != nil
    }
    #expect(isRefusing, "\(master.process.stderr)")
    #expect(try await master.client.messages() == ["before"])
    fault.end()
    #expect(try await waiting.answer(within: .seconds(5)).status == 200)
    #expect(await eventually(within: .seconds(5)) { try await master.client.add("after", w: 2).status == 200 })
    #expect(await cluster.converges(to: ["before", "in between", "after"], within: .seconds(2)))
  }

  /// A follower whose disk fails "counts as missing", says why, and is filled when its disk is well again.
  @Test func aFollowerWhoseDiskFails_CountsAsMissing() async throws {
    let cluster = try await Cluster.start(masterOptions: FollowerFaultTests.shortTimes + ["--quorum", "3"])
    #expect(try await cluster.master.client.add("before", w: 3).status == 200)
    let follower = cluster.followers[0]
    let fault = try await DiskFault(["fdatasync:error=EIO"], on: follower)
    let waiting = try await RawSocket.waiting(port: cluster.master.port, "for all", w: 3)
    #expect(
      await eventually(within: .seconds(5)) {
        let trouble = try await follower.client.health()["storage_trouble"]?.string
        return trouble?.contains("Input/output error") == true
      })
    #expect(
      await eventually(within: .seconds(5)) {
        let health = try await cluster.master.client.health()
        return health["read_only"]?.string?.contains("quorum") == true
          && health["followers"]?[0]?["problem"]?.string?.contains("can't store") == true
      })
    #expect(waiting.isQuiet)
    #expect(try await follower.client.messages() == ["before"])
    fault.end()
    #expect(try await waiting.answer(within: .seconds(5)).status == 200)
    #expect(await eventually(within: .seconds(5)) { try await cluster.master.client.health()["read_only"] == .null })
    #expect(await cluster.converges(to: ["before", "for all"], within: .seconds(2)))
  }

  /// A follower that can't promise itself to a new master, because its disk fails, is missing: it is no reason for the master
  /// to believe that there is a later one.
  @Test func aFollowerThatCanNotPromise_CountsAsMissing() async throws {
    let cluster = try await Cluster.start(delays: [0], masterOptions: FollowerFaultTests.shortTimes)
    #expect(try await cluster.master.client.add("before", w: 2).status == 200)
    let fault = try await DiskFault(
      ["openat:error=EIO", "renameat:error=EIO", "fdatasync:error=EIO"], on: cluster.followers[0])
    try await cluster.master.stop()
    try await cluster.master.start()
    #expect(
      await eventually(within: .seconds(5)) {
        try await cluster.master.client.health()["followers"]?[0]?["problem"]?.string?.contains("can't store") == true
      }, "\(cluster.master.process.stderr)")
    #expect(try await cluster.master.client.add("alone", w: 1).status == 200)
    fault.end()
    #expect(await eventually(within: .seconds(5)) { try await cluster.master.client.add("both", w: 2).status == 200 })
    #expect(await cluster.converges(to: ["before", "alone", "both"], within: .seconds(2)))
  }

  /// "An acknowledgement means: written and synced, on the master and on w - 1 followers": a slow sync is waited for, and
  /// what it is about is not shown before.
  @Test(arguments: [0, 1]) func aSlowSyncIsWaitedFor(node: Int) async throws {
    let cluster = try await Cluster.start(delays: [0])
    #expect(try await cluster.master.client.add("a", w: 2).status == 200)
    let fault = try await DiskFault(["fdatasync:delay_enter=1500000"], on: cluster.nodes[node])
    async let added = time { try await cluster.master.client.add("b", w: 1 + node) }
    let isHidden = await holds(for: .seconds(1)) { try await cluster.nodes[node].client.messages() == ["a"] }
    #expect(isHidden)
    let (took, answer) = try await added
    #expect(answer.status == 200 && took > .seconds(1.4), "\(took)")
    #expect(try await cluster.nodes[node].client.messages() == ["a", "b"])
    // The one that is quick is not held up.
    if node == 1 {
      let (quick, answer) = try await time { try await cluster.master.client.add("c", w: 1) }
      #expect(answer.status == 200 && quick < .seconds(1), "\(quick)")
    }
    fault.end()
  }

  /// A disk that says "written" and has not: what is missing is found at the next start, on a follower healed from the master,
  /// on a master told.
  @Test(arguments: [0, 1]) func aDiskThatLies_IsFoundOut(node: Int) async throws {
    let cluster = try await Cluster.start(delays: [0], masterOptions: FollowerFaultTests.shortTimes)
    #expect(try await cluster.master.client.add("before", w: 2).status == 200)
    let liar = cluster.nodes[node]
    // All but the first byte of a write are written, a thousand bytes further than they should be.
    let fault = try await DiskFault(
      ["pwrite64:retval=1000"], on: liar, file: liar.data.segments.last)
    let text = String(repeating: "x", count: 5000)
    #expect(try await cluster.master.client.add(text, w: 2).status == 200)
    fault.end()
    #expect(fault.hits > 0)
    #expect(try await cluster.master.client.add("after", w: 2).status == 200)
    liar.kill()
    #expect(try await liar.verify().exit == .status(1))
    try await liar.start()
    if node == 0 {
      #expect(try await liar.client.messages() == ["before"])
      #expect(try await liar.client.health()["read_only"]?.string?.contains("damaged at offset 2 ") == true)
      liar.kill()
      let program = try await Program.run(
        ["recover", "--from", cluster.followers[0].url, "--data-dir", liar.dataDirectory])
      #expect(program.exit == .status(0), "\(program)")
      try await liar.start()
    }
    #expect(await cluster.converges(to: ["before", text, "after"], within: .seconds(3)))
  }
}
