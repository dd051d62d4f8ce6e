import HTTPServer
import Locking
import LogStorage
import ReplicationCore
import SimulatedDisk
import Testing

@testable import LogService

extension LogServiceTests {
  /// "Was it written?" is answered by key: `GET` and `DELETE /requests/{key}`.
  @Suite struct KeyOutcomeTests {
    @Test func aKeyThatWasNotSeenIsNotFound() async throws {
      try await withCluster { cluster in
        let master = try await cluster.master([])
        try await eventually("the keys are read") { master.keysAreRead }
        let answer = try await master.request("GET", "/requests/k")
        #expect(answer.status == 404 && answer.message.contains("DELETE"))
        #expect(try await master.request("GET", "/requests/").status == 404)
        #expect(try await master.request("GET", "/requests/ä").status == 422)
        #expect(try await master.request("POST", "/requests/k").status == 405)
      }
    }

    @Test func itTellsWhoHoldsTheMessage() async throws {
      try await withCluster { cluster in
        let port = try Cluster.freePort()
        let follower = try cluster.follower()
        let urls = [follower.url, "http://127.0.0.1:\(port)"]
        let master = try await cluster.master(urls)
        #expect(try await master.keyed("k", "a", w: 2).status == 200)
        let held = try await master.request("GET", "/requests/k")
        #expect(held.status == 200 && held.data["outcome"] as? String == "committed", "two of three are a majority")
        #expect(held.data["offset"] as? Int == 1 && held.data["epoch"] as? Int == 1)
        #expect(held.data["held_by"] as? [String] == ["master", urls[0]])
        #expect(held.data["missing"] as? [String] == [urls[1]])
        let all = try await master.request("GET", "/requests/k", query: [QueryItem(name: "write_concern", value: "3")])
        #expect(all.data["outcome"] as? String == "pending" && all.data["write_concern"] as? Int == 3)
        for value in ["0", "4", "x", "", nil] as [String?] {
          let wrong = try await master.request(
            "GET", "/requests/k", query: [QueryItem(name: "write_concern", value: value)])
          #expect(wrong.status == 422)
        }
        #expect(try await master.request("GET", "/requests/k", query: [QueryItem(name: "x", value: "1")]).status == 422)
        _ = try cluster.follower(port: port)
        try await eventually("the third has it") {
          try await master.request("GET", "/requests/k", query: [QueryItem(name: "write_concern", value: "3")])
            .data["outcome"] as? String == "committed"
        }
      }
    }

    @Test func aSealedKeyNeverComes() async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower()
        let master = try await cluster.master([follower.url])
        let client = cluster.client(master)
        #expect(try await master.keyed("before", "a").status == 200)
        let sealed = try await master.request("DELETE", "/requests/k")
        #expect(sealed.status == 200 && sealed.data["outcome"] as? String == "not_written")
        #expect(sealed.data["offset"] as? Int == 2 && sealed.data["sealed"] as? Bool == true)
        let late = try await master.keyed("k", "b")
        #expect(late.status == 409 && late.message.contains("not written"))
        #expect(try await master.request("GET", "/requests/k").data["outcome"] as? String == "not_written")
        #expect(try await master.request("DELETE", "/requests/k").data["offset"] as? Int == 2, "once")
        #expect(try await client.add("c", w: 2).status == 200)
        // A seal has an offset and is no message.
        #expect(try await client.get("/messages").texts == ["a", "c"])
        #expect(try await cluster.client(follower).get("/messages").texts == ["a", "c"])
        #expect(master.log.end.last == Offset(3))
      }
    }

    @Test func sealingAKeyThatWasSeenTellsItsOutcome() async throws {
      try await withCluster { cluster in
        let master = try await cluster.master([])
        #expect(try await master.keyed("k", "a").status == 200)
        let told = try await master.request("DELETE", "/requests/k")
        #expect(told.status == 200 && told.data["outcome"] as? String == "committed")
        #expect(master.log.end.last == Offset(1))
        #expect(try await master.keyed("k", "a").headers["idempotency-replayed"] == "true")
      }
    }

    @Test func aSealIsConfirmedByAMajority() async throws {
      try await withCluster { cluster in
        let port = try Cluster.freePort()
        let master = try await cluster.master(["http://127.0.0.1:\(port)"])
        try await eventually("the keys are read") { master.keysAreRead }
        let sealing = Pending { try await master.request("DELETE", "/requests/k") }
        try await eventually("it waits") { master.waiting == 1 }
        // Nobody is told that it will never come before that is so; nor is it taken.
        let add = Pending { try await master.keyed("k", "a") }
        try await eventually("the add waits too") { master.waiting == 2 }
        let asked = try await master.request("GET", "/requests/k")
        #expect(asked.data["outcome"] as? String == "unknown" && asked.data["sealed"] as? Bool == true)
        let one = Pending {
          try await master.request("DELETE", "/requests/k", query: [QueryItem(name: "write_concern", value: "1")])
        }
        try await eventually("one node is not enough for a seal") { master.waiting == 3 }
        _ = try cluster.follower(port: port)
        #expect(try await sealing.answer.data["outcome"] as? String == "not_written")
        #expect(try await one.answer.data["outcome"] as? String == "not_written")
        #expect(try await add.answer.status == 409)
        #expect(try await cluster.client(master).get("/messages").texts == [])
      }
    }

    @Test func withoutItsKeysReadAMasterTakesNoneAndSaysSo() async throws {
      try await withCluster { cluster in
        let master = try await cluster.master([])
        try await eventually("the keys are read") { master.keysAreRead }
        master.state.withLock { $0.keys = nil }
        let refused = try await master.request(
          "POST", "/add", headers: [Header(name: "Idempotency-Key", value: "k")], body: #"{"data":"a"}"#)
        #expect(refused.status == 503 && refused.headers["retry-after"] == "1")
        #expect(refused.headers["log-outcome"] == "unknown" && refused.data["retryable"] as? Bool == true)
        #expect(try await master.request("GET", "/requests/k").status == 503)
        #expect(try await cluster.client(master).add("without", w: 1).status == 200)
      }
    }
  }
}
