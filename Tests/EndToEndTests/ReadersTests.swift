import Locking
import Testing

/// "Readers over SSE, long poll and pages, on all nodes, through restarts: each gets every message once, in order."
@Suite(.turn) struct ReadersTests {
  private static let count = 400

  @Test(.timeLimit(.minutes(2))) func eachReaderOfEachNodeGetsEveryMessageOnceAndInOrder() async throws {
    let cluster = try await Cluster.start(masterOptions: FollowerFaultTests.shortTimes)
    let added = Locked(0)
    let streams = cluster.nodes.map { EventStream($0.url) }
    let polls = cluster.nodes.map { PageReader($0.url, limit: 7, waitSeconds: 5) }
    let committed = cluster.nodes.map { PageReader($0.url, level: .committed, limit: 7, waitSeconds: 5) }
    let pages = cluster.nodes.map { PageReader($0.url, limit: 3, waitSeconds: 0) }
    async let killing: Void = killEachInTurn(cluster) { added.withLock { $0 } }
    for number in 1...Self.count {
      try await add(number, to: cluster.master)
      added.withLock { $0 = number }
    }
    try await killing
    let expected = (1...Self.count).map { EventStream.Event(id: $0, text: text($0)) }
    let readers: [(name: String, events: () -> [EventStream.Event])] =
      zip(streams, 0...).map { stream, node in ("stream of node \(node)", { stream.events }) }
      + zip(polls, 0...).map { reader, node in ("long poll of node \(node)", { reader.events }) }
      + zip(committed, 0...).map { reader, node in ("committed ones of node \(node)", { reader.events }) }
      + zip(pages, 0...).map { reader, node in ("pages of node \(node)", { reader.events }) }
    await eventually(within: .seconds(20)) { readers.allSatisfy { $0.events().count >= Self.count } }
    for reader in readers {
      let events = reader.events()
      let difference = zip(events, expected).first { $0 != $1 }
      let isEqual = events == expected
      #expect(isEqual, "\(reader.name): \(difference.map { "\($0)" } ?? "\(events.count) messages")")
    }
    for stream in streams {
      #expect(stream.fault == nil)
      // Its node was killed twice.
      #expect(stream.connections > 2)
    }
    for reader in polls + committed + pages { #expect(reader.failures > 0, "its node was away, and it noticed") }
  }

  private func text(_ number: Int) -> String { "message \(number)\nof \"many\"" }

  /// With a key, so that it is there once however often the master dies.
  private func add(_ number: Int, to master: Cluster.Node) async throws {
    let body = #"{"data":\#(JSON.quoted(text(number))),"write_concern":1}"#
    let isAdded = await eventually(within: .seconds(10), every: .milliseconds(5)) {
      try await HTTP.post("\(master.url)/add", body, key: "key-\(number)", timeout: .seconds(2)).status == 200
    }
    guard isAdded else { throw HarnessError("message \(number) was not taken: \(master.process.stderr)") }
  }

  /// Each node twice, at moments that the number of messages sets.
  private func killEachInTurn(_ cluster: Cluster, _ added: () -> Int) async throws {
    for turn in 0..<6 {
      await eventually(within: .seconds(30), every: .milliseconds(2)) { added() > 30 + turn * 60 }
      let node = cluster.nodes[turn % 3]
      node.kill()
      try await node.start()
    }
  }
}
