import Glibc
import Testing

/// `GET /messages` with `Accept: text/event-stream`, as curl follows it.
@Suite(.serialized) struct LiveTests {
  /// "Each gets every message once, in order", on all nodes, through restarts.
  @Test func whoFollowsGetsEveryMessageOnceAndInOrderThroughRestarts() async throws {
    let cluster = try await Cluster.start(masterOptions: FollowerFaultTests.shortTimes)
    let texts = (1...400).map { "message \($0)\nof \"many\"" }
    for text in texts[..<50] { #expect(try await cluster.master.client.add(text, w: 1).status == 200) }
    let streams = cluster.nodes.map { EventStream($0.url) }
    for (index, text) in texts.enumerated().dropFirst(50) {
      #expect(try await cluster.master.client.add(text, w: 1).status == 200)
      // Its streams are broken off, the other follower's end.
      if index == 150 {
        cluster.followers[0].kill()
        try await cluster.followers[1].stop()
      }
      if index == 250 { for follower in cluster.followers { try await follower.start() } }
    }
    #expect(
      await eventually(within: .seconds(10)) { streams.allSatisfy { $0.events.count >= texts.count } },
      "\(streams.map(\.events.count))")
    let expected = texts.enumerated().map { EventStream.Event(id: $0.offset + 1, text: $0.element) }
    for stream in streams {
      #expect(stream.events == expected)
      #expect(stream.fault == nil)
    }
    #expect(streams[0].connections == 1)
    #expect(streams[1].connections > 1 && streams[2].connections > 1)
    // With those who follow still there.
    for node in cluster.nodes { try await node.stop() }
  }

  /// What becomes durable is told at once, and not when a master is heard from.
  @Test func aFollowerAloneTellsWhatIsPutThereByHand() async throws {
    let follower = try Cluster(delays: [0]).followers[0]
    try await follower.start()
    let stream = EventStream(follower.url)
    #expect(await eventually(within: .seconds(5)) { stream.connections == 1 })
    for number in [1, 3, 2] {
      #expect(try await follower.client.replicate("m\(number)", at: number).status == 200)
      // Before the first heartbeat of a stream.
      let count = [1: 1, 3: 1, 2: 3][number]
      #expect(await eventually(within: .seconds(5)) { stream.events.count == count }, "\(stream.events)")
    }
    #expect(stream.events.map(\.text) == ["m1", "m2", "m3"] && stream.events.map(\.id) == [1, 2, 3])
  }

  @Test func itIsAnnouncedAsWhatItIsAndBeginsWhereTheClientWants() async throws {
    let cluster = try await Cluster.start()
    for text in ["a", "b", "c"] { #expect(try await cluster.master.client.add(text, w: 3).status == 200) }
    for node in cluster.nodes {
      let accept = ["-H", "Accept: text/event-stream"]
      let head = try await Curl.run(["-I", "\(node.url)/messages"] + accept).lowercased()
      #expect(head.hasPrefix("http/1.") && head.contains(" 200 ok"))
      #expect(head.contains("content-type: text/event-stream\r\n") && head.contains("cache-control: no-store\r\n"))
      let wrong = try await Curl.run(["\(node.url)/messages?from=0"] + accept)
      #expect(wrong.contains(#""status_code":422"#) && wrong.contains("from must be a whole number from 1 to"))
    }
  }
}
