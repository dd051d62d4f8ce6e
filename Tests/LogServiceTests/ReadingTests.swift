import LogStorage
import ReplicationCore
import Testing

@testable import LogService

extension LogServiceTests {
  /// `GET /messages` with parameters, on a master and a follower, in process and over sockets.
  @Suite struct ReadingTests {
    /// A master and a follower that both hold these texts, committed.
    private func withMessages(
      _ texts: [String], _ way: Way, _ body: (Cluster, [NodeClient]) async throws -> Void
    ) async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower()
        let master = try await cluster.master([follower.url])
        let clients = [cluster.client(master, way), cluster.client(follower, way)]
        for text in texts { #expect(try await clients[0].add(text, w: 2).status == 200) }
        for client in clients {
          try await eventually("it knows what is committed") {
            try await client.read("/messages?level=committed").lastOffset == texts.count
          }
        }
        try await body(cluster, clients)
      }
    }

    @Test(arguments: Way.allCases)
    func pagesAreTheSameOnEveryNode(_ way: Way) async throws {
      try await withMessages(["a", "b", "c"], way) { _, clients in
        for client in clients {
          let page = try await client.read("/messages?from=2&limit=1")
          #expect(page.text == #"{"status_code":200,"message":"Messages fetched successfully","data":[{"text":"b"}]}"#)
          #expect(page.headers["content-type"] == "application/json")
          #expect(page.nextOffset == 3 && page.lastOffset == 3)
          #expect(page.headers["link"] == "</messages?from=3&limit=1>; rel=\"next\"")
          #expect(page.headers["cache-control"] == "public, max-age=31536000, immutable")
          let empty = try await client.read("/messages?from=4")
          #expect(empty.texts == [] && empty.nextOffset == 4)
          #expect(try await client.read("/messages?from=9&from=9").status == 422)
          #expect(try await client.read("/health?from=1").message.contains("/health takes none"))
        }
        let tags = [
          try await clients[0].read("/messages?limit=2").headers["etag"],
          try await clients[1].read("/messages?limit=2").headers["etag"],
        ]
        let tag = try #require(tags[0])
        #expect(tag == tags[1])
        let again = try await clients[1].read("/messages?limit=2", ["If-None-Match": tag])
        #expect(again.status == 304 && again.headers["etag"] == tag)
        #expect(again.body.isEmpty || way == .inProcess, "the server leaves it out")
      }
    }

    @Test(arguments: Way.allCases)
    func everythingStaysAsItWas(_ way: Way) async throws {
      try await withMessages(["a", "b"], way) { _, clients in
        for client in clients {
          let answer = try await client.read("/messages", ["Accept": "*/*"])
          #expect(
            answer.text
              == #"{"status_code":200,"message":"Messages fetched successfully","data":[{"text":"a"},{"text":"b"}]}"#)
          #expect(answer.headers["content-type"] == "application/json" && answer.lastOffset == 2)
          #expect(answer.headers["link"] == nil)
        }
      }
    }

    @Test(arguments: Way.allCases)
    func theFullViewTellsOffsetEpochAndTime(_ way: Way) async throws {
      try await withMessages(["a\\n", "b"], way) { _, clients in
        for client in clients {
          let answer = try await client.read("/messages?view=full&from=2")
          let message = try #require((answer.envelope["data"] as? [[String: Any]])?.first)
          #expect(message["text"] as? String == "b" && message["offset"] as? Int == 2 && message["epoch"] as? Int == 1)
          let time = try #require(message["time"] as? String)
          #expect(time.count == 24 && time.hasPrefix("20") && time.hasSuffix("Z"))
          let lines = try await client.read("/messages", ["Accept": "application/x-ndjson"])
          #expect(lines.text == "{\"text\":\"a\\n\"}\n{\"text\":\"b\"}\n")
          #expect(lines.headers["content-type"] == "application/x-ndjson")
          let one = try await client.read("/messages?limit=1&view=full", ["Accept": "application/x-ndjson"])
          #expect(one.lines.count == 1 && one.text.hasPrefix(#"{"text":"a\n","offset":1,"epoch":1,"time":"20"#))
          #expect(one.nextOffset == 2)
          #expect(try await client.read("/messages?from=3", ["Accept": "application/x-ndjson"]).body.isEmpty)
          let wrong = try await client.read("/messages?limit=0", ["Accept": "application/x-ndjson"])
          #expect(wrong.status == 422 && wrong.headers["content-type"] == "application/json")
        }
      }
    }

    @Test func whatWasPutThereByHandHasNoTime() async throws {
      try await withCluster { cluster in
        let client = cluster.client(try cluster.follower())
        #expect(try await client.inject("a", at: 1).status == 200)
        let answer = try await client.read("/messages?view=full", ["Accept": "application/x-ndjson"])
        #expect(answer.text == "{\"text\":\"a\",\"offset\":1,\"epoch\":0,\"time\":null}\n")
        #expect(answer.headers["log-lag-entries"] == nil && answer.headers["log-staleness-ms"] == nil)
      }
    }

    /// The master holds a message that its follower doesn't.
    @Test(arguments: Way.allCases)
    func whatOnlyTheMasterHoldsIsNotCommitted(_ way: Way) async throws {
      try await withCluster { cluster in
        let held = try DiskLog.held()
        let follower = try cluster.follower(log: held)
        let master = try await cluster.master([follower.url])
        let client = cluster.client(master, way)
        #expect(try await client.add("a", w: 1).status == 200)
        #expect(try await client.read("/messages").texts == ["a"])
        let committed = try await client.read("/messages?level=committed")
        #expect(committed.texts == [] && committed.lastOffset == 0)
        let waiting = client.reading("/messages?level=committed&from=1&wait=30")
        let late = try await client.read("/messages?level=committed&min_offset=1&wait=0.01")
        #expect(late.status == 504)
        try await eventually("it waits") { master.reading.gate.waiting == 1 }
        try await eventually("the follower has it") { held.end.last == Offset(1) }
        held.finishSync()
        #expect(try await waiting.answer.texts == ["a"])
        let known = try await client.read("/messages?level=committed&limit=1")
        #expect(known.headers["cache-control"] == "public, max-age=31536000, immutable")
      }
    }

    /// A follower's knowledge comes with the master's next word.
    @Test(arguments: Way.allCases)
    func aFollowerShowsAsCommittedWhatItsMasterSaidIs(_ way: Way) async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower()
        let client = cluster.client(follower, way)
        let sent = SentLog(["a", "b", "c"])
        _ = try await client.replicate(sent.request(1...3, of: .epoch(5), commit: 1))
        #expect(try await client.read("/messages?level=committed").texts == ["a"])
        let waiting = client.reading("/messages?level=committed&from=2&wait=30")
        try await eventually("it waits") { follower.reading.gate.waiting == 1 }
        _ = try await client.replicate(sent.heartbeat(of: .epoch(5), at: 3, commit: 3))
        #expect(try await waiting.answer.texts == ["b", "c"])
      }
    }

    @Test(arguments: Way.allCases)
    func aFollowerTellsHowFarBehindItIs(_ way: Way) async throws {
      try await withCluster { cluster in
        let log = try DiskLog.held()
        let follower = try cluster.follower(log: log)
        let client = cluster.client(follower, way)
        #expect(try await client.read("/messages").headers["log-lag-entries"] == nil)
        let sent = SentLog(["a", "b", "c", "d"])
        let pending = Pending { try await client.sendDense(sent.request(1...2, of: .epoch(5))) }
        try await eventually("it waits for the disk") { follower.gate.waiting == 1 }
        #expect(try await client.read("/messages").headers["log-lag-entries"] == "2")
        log.finishSync()
        #expect(try await pending.answer.status == 200)
        #expect(try await client.read("/messages").headers["log-lag-entries"] == "0")
        _ = try await client.replicate(sent.request(4...4, of: .epoch(5)))
        #expect(try await client.read("/messages?from=2").headers["log-lag-entries"] == "2")
        let silence = try #require(try await client.read("/messages").headers["log-staleness-ms"].flatMap { Int($0) })
        #expect((0..<20_000).contains(silence))
        try await eventually("it grows while nobody speaks") {
          let later = try await client.read("/messages").headers["log-staleness-ms"].flatMap { Int($0) } ?? 0
          return later > silence
        }
        // A later master's log may be shorter.
        _ = try await client.replicate(sent.heartbeat(of: .epoch(6), at: 2))
        #expect(try await client.read("/messages").headers["log-lag-entries"] == "0")
        let refused = try await client.replicate(sent.request(3...4, of: .epoch(5)))
        #expect(refused.outcome == .refused)
        #expect(try await client.read("/messages").headers["log-lag-entries"] == "0", "nobody follows that one")
      }
    }
  }
}
