import HTTPServer
import Locking
import LogStorage
import ReplicationCore
import Testing

@testable import LogService

extension LogServiceTests {
  /// Each answer to an add says what became of its message.
  @Suite struct OutcomeTests {
    @Test(arguments: Way.allCases)
    func aSuccessSaysWhereTheMessageIsAndItsBodyIsTheContracts(_ way: Way) async throws {
      try await withCluster { cluster in
        let master = try await cluster.master([])
        let client = cluster.client(master, way)
        for offset in 1...2 {
          let answer = try await client.add("a", w: 1)
          #expect(answer.status == 200)
          #expect(answer.text == #"{"status_code":200,"message":"Message added successfully","data":null}"#)
          #expect(answer.headers["log-outcome"] == "committed")
          #expect(answer.headers["log-offset"] == "\(offset)")
          #expect(answer.headers["log-epoch"] == "\(master.mastership.epoch)")
          #expect(answer.headers["preference-applied"] == nil && answer.headers["log-last-offset"] == nil)
        }
      }
    }

    @Test(arguments: Way.allCases)
    func whatIsWrongIsNotWrittenAndNotToBeRepeated(_ way: Way) async throws {
      try await withCluster { cluster in
        let master = try await cluster.master([])
        let client = cluster.client(master, way)
        for (path, json, status) in [
          ("/add", "{", 400), ("/add", "", 400), ("/add", "{}", 422), ("/add", #"{"data":"a","write_concern":2}"#, 422),
          ("/add?key=1", #"{"data":"a"}"#, 422),
        ] {
          let answer = try await client.post(path, json)
          #expect(answer.status == status)
          expect(answer, isNotWrittenBy: master, retryable: false)
          #expect(answer.data["next"] as? String == "curl '\(master.url)/add' -d @corrected.json")
        }
        #expect(
          try await client.post("/add", #"{"data":"a","write_concern":2}"#).data["write_concern_max"] as? Int == 1)
        // What is no add says nothing of an outcome.
        for answer in [try await client.get("/add"), try await client.get("/nowhere")] {
          #expect(answer.headers["log-outcome"] == nil && answer.text.hasSuffix(#""data":null}"#))
        }
        #expect(master.log.end.last == .zero)
      }
    }

    @Test(arguments: Way.allCases)
    func whatFindsNoRoomNowIsNotWrittenAndToBeRepeatedAsItWas(_ way: Way) async throws {
      try await withCluster { cluster in
        let log = try DiskLog.held()
        let follower = try cluster.follower(log: log)
        var settings = Cluster.settings
        settings.waitingMax = 1
        let master = try await cluster.master([follower.url], settings: settings)
        let client = cluster.client(master, way)
        let first = client.adding("a", w: 2)
        try await eventually("it waits") { master.waiting == 1 }
        let json = #"{"data":"it's","write_concern":2}"#
        let answer = try await client.add(json: json, ["Prefer": "wait=5", "If-Match": #""1""#])
        #expect(answer.status == 503)
        expect(answer, isNotWrittenBy: master, retryable: true)
        let next = try #require(answer.data["next"] as? String)
        #expect(
          next == "curl '\(master.url)/add' -H 'Prefer: wait=5' -H 'If-Match: \"1\"' "
            + #"-d '{"data":"it'\''s","write_concern":2}'"#)
        let long = try await client.add(String(repeating: "x", count: CurlLine.bodyBytesMax), w: 2)
        #expect(long.data["next"] as? String == "curl '\(master.url)/add' --data-binary @-")
        try log.letGo()
        #expect(try await first.answer.headers["log-outcome"] == "committed")
      }
    }

    @Test(arguments: Way.allCases)
    func whatAStopInterruptsIsPendingAndWhatComesLaterIsNotWritten(_ way: Way) async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower(log: .held())
        let master = try await cluster.master([follower.url])
        let client = cluster.client(master, way)
        let pending = client.adding("msg", w: 2)
        try await eventually("it waits, and is durable here") {
          master.state.withLock { $0.master.isReached(1, at: Offset(1)) }
        }
        await master.stop()
        let answer = try await pending.answer
        #expect(answer.status == 504)
        #expect(answer.headers["log-outcome"] == "pending" && answer.headers["log-offset"] == "1")
        #expect(answer.data["outcome"] as? String == "pending" && answer.data["retryable"] as? Bool == false)
        #expect(answer.data["held_by"] as? [String] == ["master"])
        #expect(answer.data["missing"] as? [String] == [follower.url])
        if way == .inProcess {
          expect(try await client.add("late", w: 1), isNotWrittenBy: master, retryable: true)
        }
      }
    }

    @Test func whatTheServerItselfRefusesIsNotWrittenToo() async throws {
      try await withCluster { cluster in
        var node = Cluster.configuration(port: 0)
        node.limits.bodyBytesMax = 100
        let log = try DiskLog.started()
        let master = try await MasterNode.start(node, MasterConfiguration(followers: []), log: log, nodeID: log.node)
        let client = cluster.client(master)
        let answer = try await client.add(String(repeating: "x", count: 100), w: 1)
        #expect(answer.status == 413)
        expect(answer, isNotWrittenBy: master, retryable: false)
        #expect(answer.data["limit_bytes"] as? Int == 100)
        let other = try await client.post("/fetch", String(repeating: "x", count: 101))
        #expect(other.status == 413 && other.headers["log-outcome"] == nil)
        await master.stop()
        log.close()
      }
    }

    /// Only where the handler was never called it is certain that nothing was written.
    @Test func whoeverWasStoppedInTheMiddleSaysThatHeDoesNotKnow() throws {
      let add = RefusedAdd(url: "http://a:1/", epoch: Epoch(3))
      let request = Request(method: "POST", path: "/add")
      for refusal in [
        Refusal.headTooLarge(limitBytes: 1), .bodyTooLarge(limitBytes: 1), .bodiesTooLargeTogether(limitBytes: 1),
        .malformed(reason: ""), .stopping,
      ] {
        #expect(refusal.outcomeOfAdd == .notWritten)
      }
      let refusal = Refusal.stoppedWhileHandling
      let answer = try Answer(add.response(.refused(refusal), to: request, outcome: refusal.outcomeOfAdd))
      #expect(answer.headers["log-outcome"] == "unknown" && answer.headers["log-epoch"] == "3")
      #expect(answer.data["outcome"] as? String == "unknown" && answer.data["retryable"] as? Bool == false)
      #expect(answer.data["next"] as? String == "curl 'http://a:1/messages'")
    }

    @Test func whatAPersonMustMendIsNotToBeRepeated() throws {
      let add = RefusedAdd(url: "http://a:1", epoch: nil)
      let damage = LogDamage(file: "1.log", position: 0, offset: Offset(3), reason: "rot")
      let answer = try Answer(add.response(Rejection(.damaged(damage)), to: Request(method: "POST", path: "/add")))
      #expect(answer.status == 503 && answer.data["retryable"] as? Bool == false)
      #expect(answer.data["next"] as? String == "curl 'http://a:1/health'")
      #expect(answer.headers["log-epoch"] == nil)
    }

    private func expect(_ answer: Answer, isNotWrittenBy master: MasterNode, retryable: Bool) {
      #expect(answer.headers["log-outcome"] == "not_written" && answer.data["outcome"] as? String == "not_written")
      #expect(answer.headers["log-offset"] == nil)
      #expect(answer.headers["log-epoch"] == "\(master.mastership.epoch)")
      #expect(answer.data["epoch"] as? UInt64 == master.mastership.epoch.rawValue)
      #expect(answer.data["retryable"] as? Bool == retryable)
    }
  }
}
