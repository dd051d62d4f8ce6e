import Locking
import LogStorage
import ReplicationCore
import Testing

@testable import LogService

extension LogServiceTests {
  /// `GET /messages/{offset}`.
  @Suite struct ReceiptTests {
    @Test(arguments: Way.allCases)
    func eachNodeShowsTheMessageAndTheMasterWhoHoldsIt(_ way: Way) async throws {
      try await withCluster { cluster in
        let followers = try [cluster.follower(), cluster.follower(log: .held())]
        let master = try await cluster.master(followers.map(\.url))
        let client = cluster.client(master, way)
        #expect(try await client.add("é\n", w: nil).status == 400)
        let added = try await client.add(
          json: #"{"data":"é\n","write_concern":2}"#, ["Prefer": "return=representation"])
        #expect(added.status == 200 && added.message == "Message added successfully")
        #expect(added.headers["preference-applied"] == "return=representation")
        let answer = try await client.get("/messages/1")
        #expect(answer.status == 200 && answer.message == "Message fetched successfully")
        for data in [added.data, answer.data] {
          #expect(data["text"] as? String == "é\n" && data["offset"] as? Int == 1)
          #expect(data["epoch"] as? UInt64 == master.mastership.epoch.rawValue)
          #expect((data["time"] as? String)?.hasPrefix("20") == true)
          #expect(data["held_by"] as? [String] == ["master", followers[0].url])
          #expect(data["missing"] as? [String] == [followers[1].url])
        }
        let seen = try await cluster.client(followers[0], way).get("/messages/1")
        #expect(seen.data["text"] as? String == "é\n" && seen.data["time"] as? String == answer.data["time"] as? String)
        #expect(Set(seen.data.keys) == ["offset", "epoch", "time", "text"])
        #expect(try await cluster.client(followers[1], way).get("/messages/1").status == 404, "not durable there")
        let list = try await client.add(json: #"{"data":["a"]}"#, ["Prefer": "return=representation"])
        #expect(list.status == 200 && list.headers["preference-applied"] == nil)
      }
    }

    @Test(arguments: Way.allCases)
    func aWriteConcernCanBeRaisedAfterwards(_ way: Way) async throws {
      try await withCluster { cluster in
        let log = try DiskLog.held()
        let follower = try cluster.follower(log: log)
        let master = try await cluster.master([follower.url])
        let client = cluster.client(master, way)
        #expect(try await client.add("a", w: 1).status == 200)
        try await eventually("the first is there") { log.end.last == Offset(1) }
        log.finishSync()
        #expect(try await client.get("/messages/1?write_concern=2&wait=60").status == 200)
        for text in ["b", "c"] { #expect(try await client.add(text, w: 1).status == 200) }
        #expect(try await client.get("/messages/3?write_concern=1").status == 200)
        for query in ["write_concern=2&wait=0.02", "write_concern=all&wait=0", "wait=0.02"] {
          let late = try await client.get("/messages/2?\(query)")
          #expect(late.status == 504)
          #expect(late.data["outcome"] as? String == "pending" && late.data["retryable"] as? Bool == true)
          #expect(late.data["held_by"] as? [String] == ["master"])
          #expect(late.data["missing"] as? [String] == [follower.url])
          #expect(late.data["next"] as? String == "curl '\(master.url)/messages/2?write_concern=2&wait=10'")
        }
        // In any order, with adds among them.
        let three = Pending { try await client.get("/messages/3?write_concern=2") }
        try await eventually("it waits") { master.waiting == 1 }
        let one = Pending { try await client.get("/messages/2?write_concern=majority&wait=60") }
        try await eventually("both wait") { master.waiting == 2 }
        let add = client.adding("d", w: 2)
        try await eventually("all wait") { master.waiting == 3 }
        try log.letGo()
        for request in [three, one] {
          let answer = try await request.answer
          #expect(answer.status == 200 && answer.data["held_by"] as? [String] == ["master", follower.url])
        }
        #expect(try await one.answer.data["text"] as? String == "b")
        #expect(try await add.answer.status == 200)
        #expect(master.waiting == 0 && master.state.withLock { $0.master.nextDeadline } == nil)
      }
    }

    @Test(arguments: Way.allCases)
    func whatIsNotThereIs404AndWhatIsNotAllowed422(_ way: Way) async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower()
        let master = try await cluster.master([follower.url])
        let client = cluster.client(master, way)
        #expect(try await client.add("a", w: 2).status == 200)
        for path in ["/messages/2", "/messages/2?write_concern=2", "/messages/18446744073709551615"] {
          let answer = try await client.get(path)
          #expect(answer.status == 404 && answer.data["last_offset"] as? Int == 1, "\(path)")
        }
        #expect(try await client.get("/messages/").status == 404)
        for path in [
          "/messages/1/2", "/messages/2/1", "/messages/0", "/messages/a", "/messages/-1", "/messages/1.0",
          "/messages/18446744073709551616",
          "/messages/1?write_concern=0", "/messages/1?write_concern=3", "/messages/1?write_concern=+1",
          "/messages/1?write_concern", "/messages/1?wait=-1", "/messages/1?wait=x", "/messages/1?wait=1e4",
          "/messages/1?wait=3601", "/messages/1?wait=", "/messages/1?wait=1&wait=1", "/messages/1?from=1",
        ] {
          #expect(try await client.get(path).status == 422, "\(path)")
        }
        let elsewhere = try await cluster.client(follower, way).get("/messages/1?write_concern=2&wait=1")
        #expect(elsewhere.status == 421 && elsewhere.data["master"] as? String == master.url)
        #expect(elsewhere.data["next"] as? String == "curl '\(master.url)/messages/1?write_concern=2&wait=1'")
        #expect(elsewhere.headers["log-outcome"] == nil)
        #expect(try await client.post("/messages/1", "").status == 405)
      }
    }

    @Test(arguments: Way.allCases)
    func aStopEndsTheWaitForAMessageThatIsThere(_ way: Way) async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower(log: .held())
        let master = try await cluster.master([follower.url])
        let client = cluster.client(master, way)
        #expect(try await client.add("a", w: 1).status == 200)
        let pending = Pending { try await client.get("/messages/1?write_concern=2") }
        try await eventually("it waits") { master.waiting == 1 }
        await master.stop()
        #expect(try await pending.answer.status == 504)
      }
    }
  }
}
