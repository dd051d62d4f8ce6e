import Testing

/// `replog bench`: its numbers are those of the log, and its exit code is the worst outcome.
@Suite(.serialized) struct BenchTests {
  private func bench(_ node: Cluster.Node, _ options: [String]) async throws -> Program {
    try await Program.run(["bench", "--url", node.url] + options, within: .seconds(60))
  }

  @Test func whatItCounts_IsInTheLog() async throws {
    let cluster = try await Cluster.start()
    let program = try await bench(
      cluster.master, ["--count", "200", "--connections", "8", "--size", "10", "-w", "all", "--json"])
    #expect(program.exit == .status(0) && program.stderr.isEmpty, "\(program)")
    let report = try #require(JSON(Array(program.stdout.utf8)))
    #expect(["requests", "messages", "committed"].map { report[$0]?.int } == [200, 200, 200])
    #expect(["pending", "not_written", "unknown", "not_sent"].map { report[$0]?.int } == [0, 0, 0, 0])
    #expect(report["errors"]?.array?.isEmpty == true)
    let latencies = ["p50", "p90", "p99", "p99.9", "p99.99", "max"].map { report["latency_us"]?[$0]?.int ?? 0 }
    #expect(latencies == latencies.sorted() && latencies[0] > 0, "\(latencies)")
    let elapsed = try #require(report["elapsed_ms"]?.int)
    #expect(latencies[4] / 1000 <= elapsed + 1, "\(report)")
    // Acknowledged by all: no waiting.
    let expected = Array(repeating: String(repeating: "x", count: 10), count: 200)
    for node in cluster.nodes { #expect(try await node.client.messages() == expected) }
  }

  @Test func batchesAndKeys_AreWrittenOnce() async throws {
    let cluster = try await Cluster.start()
    let batches = try await bench(cluster.master, ["--count", "20", "--batch", "5", "--rate", "400"])
    #expect(batches.exit == .status(0) && batches.stderr.isEmpty, "\(batches)")
    #expect(batches.stdout.contains("\nmessages     100, "), "\(batches.stdout)")
    #expect(try await cluster.master.client.messages().count == 100)
    // Keys of two runs are not the same.
    for _ in 1...2 {
      let keyed = try await bench(cluster.master, ["--count", "50", "--keys"])
      #expect(keyed.exit == .status(0) && keyed.stdout.contains("committed 50,"), "\(keyed)")
    }
    #expect(try await cluster.master.client.messages().count == 200)
  }

  // Coordinated omission: what would have been sent while the node hung counts as late, not just what was.
  @Test func aStall_IsInTheLatenciesOfAllThatWasDue() async throws {
    let master = try Cluster.Node(port: FreePort.take(), arguments: ["master"])
    try await master.start()
    async let running = bench(master, ["--rate", "100", "--count", "300", "--connections", "2", "--json"])
    #expect(await eventually(within: .seconds(20)) { try await master.client.health()["last_offset"]?.int ?? 0 > 10 })
    master.pause()
    try await Task.sleep(for: .seconds(1))
    master.resume()
    let program = try await running
    let report = try #require(JSON(Array(program.stdout.utf8)), "\(program)")
    #expect(report["committed"]?.int == 300, "\(program)")
    // About a hundred of the three hundred were due while it hung; two connections could carry two of them.
    #expect(report["latency_us"]?["p90"]?.int ?? 0 > 300_000, "\(program)")
  }

  @Test func aRateThatCannotBeSent_IsTold() async throws {
    let cluster = try await Cluster.start(delays: [0.2])
    let short = try await bench(
      cluster.master, ["--rate", "500", "--connections", "1", "--seconds", "1", "--write-concern", "all"])
    #expect(short.exit == .status(0), "\(short)")
    let words = #/replog: 500\/s were asked for and \d+\/s sent: raise --connections\n/#
    #expect(short.stderr.wholeMatch(of: words) != nil, "\(short)")
  }

  @Test func theWorstOutcome_IsTheExitCode() async throws {
    let follower = try Cluster.Node(port: FreePort.take(), arguments: ["follower"])
    let master = try Cluster.Node(port: FreePort.take(), arguments: ["master", "--follower", follower.url])
    try await follower.start()
    try await master.start()
    let onFollower = try await bench(follower, ["--count", "3", "--json"])
    #expect(onFollower.exit == .status(4), "\(onFollower)")
    #expect(JSON(Array(onFollower.stdout.utf8))?["not_written"]?.int == 3)
    #expect(onFollower.stderr.hasPrefix("replog: 3 × 421 (") && onFollower.stderr.split(separator: "\n").count == 1)

    follower.kill()
    let pending = try await bench(master, ["--count", "3", "-w", "2", "--timeout", "0.2", "--json"])
    #expect(pending.exit == .status(3), "\(pending)")
    #expect(JSON(Array(pending.stdout.utf8))?["pending"]?.int == 3)

    master.kill()
    let gone = try await bench(master, ["--count", "3"])
    #expect(gone.exit == .status(4) && gone.failedWithOneLine, "\(gone)")
  }

  @Test(arguments: [
    (["--connections", "0"], "--connections is 0; it must be 1 to 1024"), (["--connections", "1025"], "1 to 1024"),
    (["--seconds", "0"], "--seconds is 0.0; it must be 0.1 to 3600"), (["--seconds", "3601"], "0.1 to 3600"),
    (["--seconds", "1", "--count", "1"], "--seconds and --count"), (["--count", "0"], "1 to 1000000000"),
    (["--rate", "0"], "1 to 1000000"), (["--batch", "10001"], "1 to 10000"), (["--size", "16000001"], "0 to 16000000"),
    (["--size", "1601", "--batch", "10000"], "0 to 1600"), (["--timeout", "0"], "0.001 to 3600"),
    (["--write-concern", "most"], "--write-concern is 'most'; it must be a whole number from 1, majority or all"),
    (["-w", "0"], "-w is '0'; it must"),
    (["--timeout", "abc"], "--timeout is 'abc'; it must be 0.001 to 3600 seconds"),
    (["--url", "here"], "http://"), (["--nonsense"], "--nonsense"),
  ])
  func aWrongOption_IsOneLineAndExit64(arguments: [String], named: String) async throws {
    let program = try await Program.run(["bench"] + arguments)
    #expect(program.exit == .status(64) && program.failedWithOneLine, "\(program)")
    #expect(program.stderr.contains(named), "\(program.stderr)")
  }
}
