import Locking
import LogStorage
import ReplicationCore
import Testing

@testable import LogService

extension LogServiceTests {
  /// A client that doesn't want to wait for as long as it takes.
  @Suite struct LimitedWaitTests {
    @Test(arguments: Way.allCases, [(#","timeout_ms":60"#, nil), ("", "wait=0"), (#","timeout_ms":60"#, "wait=3000")])
    func whenTheTimeIsOverItIsToldWhoHoldsTheMessage(_ way: Way, _ limit: (member: String, prefer: String?))
      async throws
    {
      try await withCluster { cluster in
        let log = try DiskLog.held()
        let followers = try [cluster.follower(), cluster.follower(log: log)]
        let master = try await cluster.master(followers.map(\.url))
        let client = cluster.client(master, way)
        #expect(try await client.add("first", w: 2).status == 200)
        let patient = client.adding("patient", w: 3)
        try await eventually("it waits") { master.waiting == 1 }
        let headers = limit.prefer.map { ["Prefer": $0] } ?? [:]
        let answer = try await client.add(json: #"{"data":"a","write_concern":3\#(limit.member)}"#, headers)
        #expect(answer.status == 504 && answer.statusCode == 504)
        #expect(answer.message == "stored at offset 3, not confirmed by 3 nodes in time: it goes on replicating")
        #expect(answer.headers["log-outcome"] == "pending" && answer.headers["log-offset"] == "3")
        #expect(answer.headers["log-epoch"] == "\(master.mastership.epoch)")
        #expect(answer.headers["preference-applied"] == (limit.member.isEmpty ? "wait=0" : nil), "the body counts more")
        let data = answer.data
        #expect(data["outcome"] as? String == "pending" && data["retryable"] as? Bool == false)
        #expect(data["offset"] as? Int == 3 && data["write_concern"] as? Int == 3)
        let held = try #require(data["held_by"] as? [String])
        let missing = try #require(data["missing"] as? [String])
        #expect(held + missing == ["master", followers[0].url, followers[1].url])
        #expect(missing.contains(followers[1].url))
        if limit.prefer == nil { #expect(held == ["master", followers[0].url]) }
        #expect(
          data["next"] as? String == "curl '\(master.url)/messages/3?write_concern=3&wait=10'")
        #expect(master.waiting == 1 && !patient.isAnswered, "only its own wait ended")
        try log.letGo()
        #expect(try await patient.answer.status == 200)
        try await eventually("the message stays and goes on replicating") {
          try await cluster.client(followers[1], way).get("/messages").texts == ["first", "patient", "a"]
        }
      }
    }

    @Test(arguments: Way.allCases)
    func whoIsAnsweredInTimeGets200(_ way: Way) async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower()
        let master = try await cluster.master([follower.url])
        let client = cluster.client(master, way)
        for _ in 0..<20 {
          let answer = try await client.add(json: #"{"data":"a","write_concern":"all","timeout_ms":60000}"#)
          #expect(answer.status == 200 && answer.headers["log-outcome"] == "committed")
        }
        let applied = try await client.add(json: #"{"data":"a","write_concern":"all"}"#, ["Prefer": "wait=60, foo"])
        #expect(applied.status == 200 && applied.headers["preference-applied"] == "wait=60")
        #expect(master.state.withLock { $0.master.nextDeadline } == nil, "nothing is left of those who were answered")
      }
    }

    @Test(arguments: Way.allCases)
    func manyTimeOutsAtTheMomentOfTheAnswerLeaveNothingBehind(_ way: Way) async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower(delay: .milliseconds(3))
        let master = try await cluster.master([follower.url])
        let client = cluster.client(master, way)
        for _ in 0..<10 {
          let pending = (1...20).map {
            client.adding(json: #"{"data":"a","write_concern":2,"timeout_ms":\#($0 % 8 + 1)}"#)
          }
          for request in pending {
            let answer = try await request.answer
            #expect([200, 504].contains(answer.status))
            #expect(answer.headers["log-outcome"] == (answer.status == 200 ? "committed" : "pending"))
          }
        }
        #expect(master.waiting == 0 && master.state.withLock { $0.master.nextDeadline } == nil)
        #expect(master.log.end.last == Offset(200))
      }
    }

    @Test(arguments: Way.allCases)
    func anAsynchronousAnswerComesWhenTheMasterHasItDurably(_ way: Way) async throws {
      try await withCluster { cluster in
        let log = try DiskLog.held()
        let follower = try cluster.follower(log: .held())
        let master = try await cluster.master([follower.url], log: log)
        let client = cluster.client(master, way)
        let pending = client.adding(json: #"{"data":"a","write_concern":2}"#, ["Prefer": "respond-async"])
        try await eventually("it waits for the master's disk") { master.waiting == 1 }
        log.finishSync()
        let answer = try await pending.answer
        #expect(answer.status == 202 && answer.statusCode == 202)
        #expect(answer.headers["location"] == "/messages/1")
        #expect(answer.headers["log-outcome"] == "pending" && answer.headers["log-offset"] == "1")
        #expect(answer.headers["preference-applied"] == "respond-async")
        #expect(answer.data["held_by"] as? [String] == ["master"])
        let one = client.adding(json: #"{"data":"b","write_concern":1}"#, ["Prefer": "respond-async, wait=0"])
        try await eventually("it waits for the master's disk") { master.waiting == 1 }
        log.finishSync()
        #expect(try await one.answer.status == 202)
        #expect(try await one.answer.headers["log-outcome"] == "committed", "one node was asked for")
        // Together with a limit it is the answer when that is over: 202 instead of 504, but only for what is durable.
        let limited = client.adding(
          json: #"{"data":"c","write_concern":2,"timeout_ms":50}"#, ["Prefer": "respond-async"])
        #expect(try await limited.answer.status == 504)
        #expect(try await limited.answer.data["held_by"] as? [String] == [])
        try log.letGo()
        let durable = try await client.add(
          json: #"{"data":"d","write_concern":2,"timeout_ms":500}"#, ["Prefer": "respond-async"])
        #expect(durable.status == 202 && durable.headers["log-outcome"] == "pending")
      }
    }

    @Test(arguments: Way.allCases)
    func strictHandlingWaitsForNobodyWhoIsAway(_ way: Way) async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower()
        let master = try await cluster.master([follower.url, "http://127.0.0.1:\(try Cluster.freePort())"])
        let client = cluster.client(master, way)
        #expect(try await client.add("a", w: 2).status == 200)
        let strict = ["Prefer": "handling=strict"]
        let answer = try await client.add(json: #"{"data":"b","write_concern":3}"#, strict)
        #expect(answer.status == 503)
        #expect(answer.message == "not written: 3 nodes can't be reached now, 2 are healthy")
        #expect(
          answer.headers["log-outcome"] == "not_written" && answer.headers["preference-applied"] == "handling=strict")
        #expect(answer.data["healthy_nodes"] as? Int == 2 && answer.data["retryable"] as? Bool == true)
        #expect(master.log.end.last == Offset(1), "no offset was used up")
        let reachable = try await client.add(json: #"{"data":"b","write_concern":2}"#, strict)
        #expect(reachable.status == 200 && reachable.headers["preference-applied"] == "handling=strict")
      }
    }
  }
}
