import Glibc
import Testing

/// "`replog read [--from N] [--follow]`": each message once, in order, through restarts.
@Suite(.serialized) struct ReadCommandTests {
  private func add(_ texts: some Sequence<String>, to node: Cluster.Node) async throws {
    let list = texts.map(JSON.quoted).joined(separator: ",")
    #expect(try await HTTP.post("\(node.url)/add", #"{"data":[\#(list)]}"#).status == 200)
  }

  @Test func messagesAreLines() async throws {
    let cluster = try await Cluster.start(delays: [])
    let texts = ["a", "", "c \"\u{1F600}\"", "two\nlines"]
    try await add(texts, to: cluster.master)
    let read = ["read", "--url", cluster.master.url]
    let plain = try await Program.run(read)
    #expect(plain.exit == .status(0) && plain.stderr.isEmpty && plain.stdout == texts.map { "\($0)\n" }.joined())
    let part = try await Program.run(read + ["--from", "2", "--limit", "2", "--json", "--level", "committed"])
    let objects = part.stdout.split(separator: "\n").compactMap { JSON(Array($0.utf8)) }
    #expect(objects.map { $0["offset"]?.int } == [2, 3] && objects.map { $0["text"]?.string } == Array(texts[1...2]))
    #expect(objects.allSatisfy { $0["epoch"]?.int == 1 && $0["time"]?.string?.hasSuffix("Z") == true })
    #expect(try await Program.run(read + ["--from", "5"]).stdout.isEmpty)
    let nobody = try await Program.run(["read", "--follow", "--url", "http://127.0.0.1:\(try FreePort.take())"])
    #expect(nobody.failedWithOneLine && nobody.stderr.contains("doesn't answer: is the node up?"), "\(nobody)")
  }

  @Test func aLongLogIsReadInPages() async throws {
    let cluster = try await Cluster.start(delays: [])
    let texts = (1...2_500).map { "message \($0)" }
    try await add(texts, to: cluster.master)
    let read = try await Program.run(["read", "--url", cluster.master.url])
    #expect(read.stdout == texts.map { "\($0)\n" }.joined())
    let some = try await Program.run(["read", "--url", cluster.master.url, "--limit", "1001"])
    #expect(some.stdout.split(separator: "\n").count == 1001)
  }

  @Test func follow_ShowsEachMessageOnce_ThroughRestarts() async throws {
    let cluster = try await Cluster.start()
    let follower = cluster.followers[0]
    try await add(["message 0"], to: cluster.master)
    #expect(await cluster.converges(to: ["message 0"], within: .seconds(5)))
    let reader = try NodeProcess(["read", "--follow", "--url", follower.url])
    var texts = ["message 0"]
    for round in 1...6 {
      #expect(await eventually(within: .seconds(15)) { reader.stdout.split(separator: "\n").count == texts.count })
      if round.isMultiple(of: 2) { follower.kill() }
      let more = (0..<10).map { "message \(round * 10 + $0)" }
      try await add(more, to: cluster.master)
      texts += more
      if round.isMultiple(of: 2) { try await follower.start() }
    }
    #expect(
      await eventually(within: .seconds(15)) { reader.stdout == texts.map { "\($0)\n" }.joined() }, "\(reader.stdout)")
    // Ctrl-C is how it ends: quietly.
    reader.send(SIGINT)
    #expect(try await reader.waitForExit(within: .seconds(5)) == .status(130))
    #expect(reader.stderr.isEmpty, "\(reader.stderr)")
  }

  /// The node is killed while it holds the request of a reader that has got no message yet.
  @Test func follow_OfAnIdleLog_OutlivesItsNode() async throws {
    let cluster = try await Cluster.start(delays: [])
    let proxy = try FaultProxy(toURL: cluster.master.url)
    defer { proxy.stop() }
    // Any fault is counted; this one changes nothing here.
    try proxy.set(.deliverTwice)
    let reader = try NodeProcess(["read", "--follow", "--url", proxy.url])
    #expect(await eventually(within: .seconds(10)) { proxy.hitCount >= 2 })
    cluster.master.kill()
    try proxy.set(.pass)
    #expect(await holds(for: .milliseconds(300)) { reader.isRunning }, "\(reader.stderr)")
    try await cluster.master.start()
    try await add(["a"], to: cluster.master)
    #expect(await eventually(within: .seconds(15)) { reader.stdout == "a\n" }, "\(reader.stderr)")
    reader.send(SIGINT)
    #expect(try await reader.waitForExit(within: .seconds(5)) == .status(130))
  }

  @Test func aReaderThatHasEnough_EndsItQuietly() async throws {
    let cluster = try await Cluster.start(delays: [])
    try await add((1...5_000).map { "message \($0)" }, to: cluster.master)
    let process = try NodeProcess(
      ["read", "--url", cluster.master.url],
      under: ["sh", "-c", #"{ "$@"; echo "status $?" >&2; } | head -n 1"#, "sh"])
    #expect(try await process.waitForExit(within: .seconds(10)) == .status(0))
    #expect(process.stdout == "message 1\n")
    #expect(await eventually(within: .seconds(5)) { process.stderr == "status 0\n" }, "\(process.stderr)")
  }
}
