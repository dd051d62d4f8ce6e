import HTTPServer
import Locking
import LogStorage
import ReplicationCore
import SimulatedDisk
import Testing

@testable import LogService

extension LogServiceTests {
  /// Requests that carry an `Idempotency-Key`: each is carried out once, whatever is repeated.
  @Suite struct KeyTests {
    @Test func theSameKeyAndDataIsStoredOnce() async throws {
      try await withCluster { cluster in
        let master = try await cluster.master([])
        let first = try await master.keyed("k1", "a")
        #expect(first.status == 200 && first.headers["idempotency-replayed"] == nil)
        let again = try await master.keyed("\"k1\"", "a")
        #expect(again.status == 200 && again.headers["idempotency-replayed"] == "true")
        #expect(again.body == first.body)
        #expect(try await master.keyed("k2", "a").headers["idempotency-replayed"] == nil)
        #expect(try await cluster.client(master).get("/messages").texts == ["a", "a"])
      }
    }

    @Test func theKeyOfAnotherMessageIsRefused() async throws {
      try await withCluster { cluster in
        let master = try await cluster.master([])
        #expect(try await master.keyed("k", "a").status == 200)
        let other = try await master.keyed("k", "b")
        #expect(other.status == 422 && other.message.contains("not written") && other.data["offset"] as? Int == 1)
        #expect(try await cluster.client(master).get("/messages").texts == ["a"])
      }
    }

    @Test func aRepetitionWaitsForItsOwnWriteConcern() async throws {
      try await withCluster { cluster in
        let port = try Cluster.freePort()
        let master = try await cluster.master(["http://127.0.0.1:\(port)"])
        #expect(try await master.keyed("k", "a", w: 1).status == 200)
        // More is added meanwhile: the repetition waits for an offset that is not the last one.
        #expect(try await cluster.client(master).add("b", w: 1).status == 200)
        let later = cluster.client(master).adding("c", w: 2)
        try await eventually("it waits") { master.waiting == 1 }
        let again = Pending { try await master.keyed("k", "a", w: 2) }
        try await eventually("both wait") { master.waiting == 2 }
        #expect(!again.isAnswered)
        _ = try cluster.follower(port: port)
        #expect(try await again.answer.status == 200)
        #expect(try await later.answer.status == 200)
        #expect(try await again.answer.headers["idempotency-replayed"] == "true")
        #expect(try await cluster.client(master).get("/messages").texts == ["a", "b", "c"])
      }
    }

    @Test func aRepetitionJoinsTheRequestThatStillRuns() async throws {
      try await withCluster { cluster in
        let log = try DiskLog.held()
        let master = try await cluster.master([], log: log)
        let both = (1...20).map { _ in Pending { try await master.keyed("k", "a", w: 1) } }
        try await eventually("all wait") { master.waiting == 20 }
        #expect(log.end.last == Offset(1))
        try log.letGo()
        log.sync()
        var replayed = 0
        for request in both {
          #expect(try await request.answer.status == 200)
          if try await request.answer.headers["idempotency-replayed"] == "true" { replayed += 1 }
        }
        #expect(replayed == 19)
      }
    }

    @Test func aRefusedRequestUsesUpNoKey() async throws {
      try await withCluster { cluster in
        let port = try Cluster.freePort()
        var settings = Cluster.settings
        settings.quorum = 2
        let master = try await cluster.master(["http://127.0.0.1:\(port)"], settings: settings)
        try await eventually("the keys are read") { master.keysAreRead }
        #expect(try await master.keyed("k", "a").status == 503)
        #expect(try await master.request("GET", "/requests/k").status == 404)
        _ = try cluster.follower(port: port)
        try await eventually("it takes messages") { master.readOnly == nil }
        let first = try await master.keyed("k", "b", w: 1)
        #expect(first.status == 200 && first.headers["idempotency-replayed"] == nil)
      }
    }

    @Test func theKeyIsLookedUpBeforeAnyOtherCondition() async throws {
      try await withCluster { cluster in
        let disk = SimulatedDisk()
        let log = try DiskLog.started(on: disk)
        let master = try await cluster.master([], log: log)
        #expect(try await master.keyed("k", "a").status == 200)
        disk.setCapacity(0)
        let large = String(repeating: "x", count: 10 << 20)
        // What was reserved before is used up first.
        #expect(try await cluster.client(master).add(large, w: 1).status == 200)
        #expect(try await cluster.client(master).add(large, w: 1).status == 507)
        #expect(try await master.keyed("k", "a").status == 200)
        #expect(try await master.keyed("k", "b").status == 422)
      }
    }

    @Test func keysOutliveTheMaster() async throws {
      let disk = SimulatedDisk()
      try await withCluster { cluster in
        let master = try await cluster.master([], log: .started(on: disk, options: .small))
        for number in 1...300 { #expect(try await master.keyed("key-\(number)", "m\(number)").status == 200) }
        #expect(try await master.request("DELETE", "/requests/sealed").status == 200)
      }
      try await withCluster { cluster in
        let master = try await cluster.master([], log: .started(on: disk, options: .small))
        try await eventually("the keys are read") { master.keysAreRead }
        for number in [1, 2, 150, 299, 300] {
          #expect(try await master.keyed("key-\(number)", "m\(number)").headers["idempotency-replayed"] == "true")
        }
        #expect(try await master.keyed("sealed", "a").status == 409)
        #expect(try await master.keyed("key-301", "m301").headers["idempotency-replayed"] == nil)
        #expect(try await cluster.client(master).get("/messages").texts?.count == 301)
      }
    }

    @Test func keysTravelToAFollowerThatBecomesTheMaster() async throws {
      let disk = SimulatedDisk()
      try await withCluster { cluster in
        let follower = try cluster.follower(log: .started(on: disk))
        let master = try await cluster.master([follower.url])
        #expect(try await master.keyed("k", "a", w: 2).status == 200)
      }
      try await withCluster { cluster in
        let master = try await cluster.master([], log: .started(on: disk))
        try await eventually("the keys are read") { master.keysAreRead }
        #expect(try await master.keyed("k", "a").headers["idempotency-replayed"] == "true")
      }
    }

    @Test func anOldKeyIsNeverTakenForNew() async throws {
      try await withCluster { cluster in
        let master = try await cluster.master([])
        try await eventually("the keys are read") { master.keysAreRead }
        master.state.withLock { $0.keys = KeyIndex(recentMax: 10, filterBytes: 1 << 12) }
        for number in 1...50 { #expect(try await master.keyed("key-\(number)", "m").status == 200) }
        for number in 1...40 {
          let old = try await master.keyed("key-\(number)", "m")
          #expect(old.status == 410 && old.message.contains("older"))
          // It may be there: nobody may be told that it isn't.
          #expect(old.headers["log-outcome"] == "unknown" && old.data["outcome"] as? String == "unknown")
          #expect(try await master.request("GET", "/requests/key-\(number)").status == 410)
          #expect(try await master.request("DELETE", "/requests/key-\(number)").status == 410)
        }
        #expect(try await cluster.client(master).get("/messages").texts?.count == 50)
      }
    }

    @Test(arguments: [
      "\"", "\"\"", "a b", "\"a", "a\"", "\"a\"b\"", "\"a\\b\"", "\"a\\\"", "a,b", "ä", "",
      String(repeating: "k", count: 256),
    ]) func whatIsNoKeyIsRefused(value: String) async throws {
      try await withCluster { cluster in
        let master = try await cluster.master([])
        let answer = try await master.keyed(value, "a")
        #expect(answer.status == 400 && answer.message.contains("1 to 255"), "\(answer.message)")
        #expect(try await cluster.client(master).get("/messages").texts == [])
      }
    }

    @Test func aQuotedKeyIsTheSameAsItsCharacters() async throws {
      try await withCluster { cluster in
        let master = try await cluster.master([])
        #expect(try await master.keyed(#""a \"b\" \\c""#, "a").status == 200)
        let told = try await master.request("GET", #"/requests/a "b" \c"#)
        #expect(told.status == 200 && told.data["key"] as? String == #"a "b" \c"#)
      }
    }
  }
}

extension MasterNode {
  /// Whether requests with keys are taken.
  var keysAreRead: Bool { state.withLock { $0.keys != nil } }

  /// A request to its router, with fields.
  func request(
    _ method: String, _ path: String, query: [QueryItem] = [], headers: [Header] = [], body: String = ""
  ) async throws -> Answer {
    try Answer(
      await router.respond(
        to: Request(method: method, path: path, query: query, headers: headers, body: Array(body.utf8))))
  }

  /// `POST /add` with a key.
  func keyed(_ key: String, _ text: String, w writeConcern: Int = 1) async throws -> Answer {
    try await eventually("the keys are read") { keysAreRead }
    return try await request(
      "POST", "/add", headers: [Header(name: "Idempotency-Key", value: key)],
      body: #"{"data":"\#(text)","write_concern":\#(writeConcern)}"#)
  }
}
