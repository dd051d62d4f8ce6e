import LogStorage
import ReplicationCore
import Testing

@testable import LogService

extension LogServiceTests {
  /// What a master does not take, and what it says about it, in process and over sockets.
  @Suite struct MasterRefusalTests {
    @Test(arguments: Way.allCases)
    func beyondTheLimitOfWaitingRequestsNothingIsStored(_ way: Way) async throws {
      try await withCluster { cluster in
        let log = try DiskLog.held()
        let follower = try cluster.follower(log: log)
        var settings = Cluster.settings
        settings.waitingMax = 2
        let master = try await cluster.master([follower.url], settings: settings)
        let client = cluster.client(master, way)
        let pending = [client.adding("msg", w: 2), client.adding("msg", w: 2)]
        try await eventually("two wait") { master.waiting == 2 }
        let answer = try await client.add("too much", w: 2)
        #expect(answer.status == 503 && answer.statusCode == 503)
        #expect(answer.message.contains("not written: too many requests wait for their write concern, at most 2"))
        #expect(answer.headers["retry-after"] == "1")
        #expect(answer.data["waiting_max"] as? Int == 2)
        #expect(master.log.end.last == Offset(2))
        #expect(try await client.get("/health").status == 200)
        try log.letGo()
        for request in pending { #expect(try await request.answer.status == 200) }
        #expect(try await client.add("msg", w: 2).status == 200)
        #expect(master.log.end.last == Offset(3), "no offset was used up")
      }
    }

    @Test(arguments: Way.allCases)
    func withoutItsQuorumItIsReadOnlyUntilTheQuorumIsBack(_ way: Way) async throws {
      try await withCluster { cluster in
        var settings = Cluster.settings
        settings.quorum = 2
        settings.suspectedAfter = .milliseconds(400)
        settings.unhealthyAfter = .milliseconds(800)
        let port = try Cluster.freePort()
        let master = try await cluster.master(["http://127.0.0.1:\(port)"], settings: settings)
        let client = cluster.client(master, way)
        func expectReadOnly() async throws {
          let answer = try await client.add("refused", w: 1)
          #expect(answer.status == 503)
          #expect(answer.message.contains("the quorum is 2 of 2 nodes, and 1 is healthy"))
          let health = try await client.get("/health").data
          #expect((health["read_only"] as? String)?.contains("the quorum is 2 of 2 nodes") == true)
        }
        try await expectReadOnly()
        // Its disk never answers.
        let follower = try cluster.follower(port: port, log: .held())
        try await eventually("it takes messages again") { try await client.add("msg1", w: 1).status == 200 }
        #expect(try await client.get("/health").text.contains(#""read_only":null"#))
        let pending = client.adding("msg2", w: 2)
        try await eventually("it waits") { master.waiting == 1 }
        await follower.stop()
        try await eventually("it is read-only") { try await client.add("sometimes", w: 1).status == 503 }
        let last = master.log.end.last
        try await expectReadOnly()
        #expect(try await client.get("/messages").status == 200, "reads go on")
        #expect(master.log.end.last == last, "no offset was used up")
        #expect(!pending.isAnswered, "who waits already goes on waiting")
        _ = try cluster.follower(port: port)
        #expect(try await pending.answer.status == 200)
        try await eventually("it takes messages again") { try await client.add("msg3", w: 2).status == 200 }
      }
    }

    @Test(arguments: Way.allCases)
    func wrongRequestsAreRefusedInTheEnvelopeAndChangeNothing(_ way: Way) async throws {
      try await withCluster { cluster in
        let master = try await cluster.master([])
        let client = cluster.client(master, way)
        for (body, status) in [
          ("", 400), ("{", 400), ("[]", 400), (#"{"data":"\ud800"}"#, 400), ("{}", 422), (#"{"data":1}"#, 422),
          (#"{"data":"a","write_concern":2}"#, 422), (#"{"data":"a","write_concern":null}"#, 422),
        ] {
          let answer = try await client.post("/add", body)
          #expect(answer.status == status && answer.statusCode == status, "\(body)")
        }
        #expect(try await client.get("/nowhere").status == 404)
        let notAllowed = try await client.get("/add")
        #expect(notAllowed.status == 405)
        #expect(notAllowed.headers["allow"] == "POST")
        #expect(try await client.post("/messages", "").headers["allow"] == "GET, HEAD")
        if way == .overSockets { #expect(try await client.get("/messages?from=0").status == 422) }
        #expect(master.log.end.last == .zero)
        // Whatever its type says, a body is JSON.
        let form = try await client.send(
          "POST", "/add", Array(#"{"data":"a"}"#.utf8), contentType: "application/x-www-form-urlencoded")
        #expect(form.status == 200)
      }
    }

    @Test(arguments: Way.allCases)
    func itsHealthShowsEachFollowerAndWhatTheContractNames(_ way: Way) async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower(delay: .milliseconds(1))
        let away = "http://127.0.0.1:\(try Cluster.freePort())"
        let master = try await cluster.master([follower.url, away])
        let client = cluster.client(master, way)
        #expect(try await client.add("msg1", w: 2).status == 200)
        let health = try await client.get("/health").data
        #expect(health["role"] as? String == "master")
        #expect(health["node_id"] as? String == "\(master.nodeID)")
        #expect(health["epoch"] as? UInt64 == master.mastership.epoch.rawValue)
        #expect(health["last_offset"] as? Int == 1)
        #expect(health["commit_offset"] as? Int == 1)
        let followers = try #require(health["followers"] as? [[String: Any]])
        #expect(followers.map { $0["url"] as? String } == [follower.url, away])
        #expect(followers.map { $0["state"] as? String } == ["Healthy", "Unhealthy"])
        #expect(followers.map { $0["match_offset"] as? Int } == [1, 0])
        #expect(followers.map { $0["lag"] as? Int } == [0, 1])
        #expect(followers.map { $0["last_contact_ms"] is Int } == [true, false])
      }
    }
  }
}
