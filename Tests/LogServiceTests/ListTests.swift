import HTTPServer
import LogStorage
import ReplicationCore
import SimulatedDisk
import Testing

@testable import LogService

extension LogServiceTests {
  /// All of a list or nothing, whatever fails between.
  @Suite struct ListTests {
    @Test func aListWithAKeyIsStoredOnce() async throws {
      let disk = SimulatedDisk()
      try await withCluster { cluster in
        let master = try await cluster.master([], log: .started(on: disk, options: .small))
        #expect(try await master.keyedList("one", ["x"]).headers["log-last-offset"] == "1")
        let first = try await master.keyedList("k", ["a", "b", "c"])
        #expect(first.status == 200 && first.headers["idempotency-replayed"] == nil)
        #expect(first.headers["log-offset"] == "2" && first.headers["log-last-offset"] == "4")
        try await expectReplay(of: master)
        for other in [["a", "b"], ["a", "b", "d"], ["a", "b", "c", "d"], ["a"]] {
          let answer = try await master.keyedList("k", other)
          #expect(answer.status == 422 && answer.data["offset"] as? Int == 2)
        }
        #expect(try await master.keyed("k", "a").status == 422)
      }
      try await withCluster { cluster in
        let master = try await cluster.master([], log: .started(on: disk, options: .small))
        try await expectReplay(of: master)
        #expect(try await cluster.client(master).get("/messages").texts == ["x", "a", "b", "c"])
      }
    }

    private func expectReplay(of master: MasterNode) async throws {
      let again = try await master.keyedList("k", ["a", "b", "c"])
      #expect(again.status == 200 && again.headers["idempotency-replayed"] == "true")
      #expect(again.headers["log-offset"] == "2" && again.headers["log-last-offset"] == "4")
      #expect(try await master.keyedList("one", ["x"]).headers["idempotency-replayed"] == "true")
      let told = try await master.request("GET", "/requests/k")
      #expect(told.data["outcome"] as? String == "committed")
      #expect(told.data["offset"] as? Int == 2 && told.data["last_offset"] as? Int == 4)
    }

    @Test func aRepetitionOfAListWaitsForItsLastMessage() async throws {
      try await withCluster { cluster in
        let log = try DiskLog.held()
        let follower = try cluster.follower(log: log)
        let master = try await cluster.master([follower.url])
        #expect(try await master.keyedList("k", ["a", "b"]).status == 200)
        let again = Pending { try await master.keyedList("k", ["a", "b"], w: 2) }
        try await eventually("it waits") { master.waiting == 1 }
        try log.letGo()
        log.sync()
        #expect(try await again.answer.status == 200)
      }
    }

    /// What a crash leaves of a list.
    @Test func aMasterThatStartsTakesOutTheBeginningOfAList() async throws {
      try await withCluster { cluster in
        let disk = try SimulatedDisk.holding(["a", "b"], beginning: ["c", "d"], of: 3)
        let master = try await cluster.master([], log: .started(on: disk))
        let client = cluster.client(master)
        #expect(try await client.get("/messages").texts == ["a", "b"])
        #expect(disk.aside.count == 1, "set aside and not deleted")
        #expect(try await client.add("f", w: 1).headers["log-offset"] == "3")
        #expect(try await client.get("/messages").texts == ["a", "b", "f"])
      }
    }

    @Test func theBeginningOfAListThatAFollowerHoldsIsNotCopiedBack() async throws {
      try await withCluster { cluster in
        let disk = try SimulatedDisk.holding(["a", "b"], beginning: ["c"], of: 3)
        let follower = try cluster.follower(log: .started(on: disk))
        let master = try await cluster.master([follower.url], log: .started(on: .holding(["a"])))
        #expect(try await cluster.client(master).get("/messages").texts == ["a", "b"])
        #expect(try await cluster.client(master).add("f", w: 2).status == 200)
        #expect(try await cluster.client(follower).get("/messages").texts == ["a", "b", "f"])
      }
    }

    /// With damage nothing is cut, and the log ends in the middle of a list whose key is known.
    @Test func theKeyOfAListThatIsHalfDamaged_IsNoCrash() async throws {
      let disk = SimulatedDisk()
      let texts = Array(repeating: String(repeating: "x", count: 3_000), count: 3)
      try await withCluster { cluster in
        let master = try await cluster.master([], log: .started(on: disk))
        #expect(try await master.keyedList("k", texts).status == 200)
      }
      disk.damage(.flippedBit(disk.segments[0], position: 9_000, bit: 3))
      try await withCluster { cluster in
        let master = try await cluster.master([], log: .started(on: disk))
        #expect(master.log.end.last < Offset(3))
        try await eventually("the keys are read") { master.keysAreRead }
        for request in [("GET", "/requests/k"), ("DELETE", "/requests/k")] {
          #expect(try await master.request(request.0, request.1).status == 503)
        }
        let again = try await master.keyedList("k", texts)
        #expect(again.status == 503 && again.headers["log-outcome"] == "unknown")
        let other = try await master.keyedList("other", texts)
        #expect(other.status == 503 && other.headers["log-outcome"] == "unknown", "another log may hold it")
      }
    }

    @Test func aFollowerShowsAListWhenItHasAllOfIt() async throws {
      try await withCluster { cluster in
        let log = try DiskLog.started(on: .holding(["a", "b"], beginning: ["c", "d"], of: 3))
        let follower = try cluster.follower(log: log)
        let client = cluster.client(follower)
        #expect(try await client.get("/messages").texts == ["a", "b"])
        let page = try await client.read("/messages?from=2&limit=10")
        #expect(page.texts == ["b"] && page.headers["log-last-offset"] == "2")
        #expect(try await client.get("/messages/3").status == 404)
        #expect(try await client.read("/messages?min_offset=3").status == 504)
        let waiting = client.reading("/messages?from=3&wait=30")
        try await eventually("it waits") { follower.reading.gate.waiting == 1 }
        try log.append(.part(["e"], from: 2, of: 3, after: log.end.lastPoint))
        log.sync()
        #expect(try await waiting.answer.texts == ["c", "d", "e"])
        #expect(try await client.get("/messages/3").status == 200)
      }
    }
  }
}

extension MasterNode {
  /// A list with a key.
  fileprivate func keyedList(_ key: String, _ texts: [String], w writeConcern: Int = 1) async throws -> Answer {
    try await eventually("the keys are read") { keysAreRead }
    return try await request(
      "POST", "/add", headers: [Header(name: "Idempotency-Key", value: key)],
      body: #"{"data":["\#(texts.joined(separator: #"",""#))"],"write_concern":\#(writeConcern)}"#)
  }
}

extension SimulatedDisk {
  /// The disk of a node that died with the beginning of a list.
  /// - Parameter count: how many messages the list had.
  fileprivate static func holding(
    _ texts: [String], beginning: [String], of count: UInt32
  ) throws -> SimulatedDisk {
    try holding { log in
      try log.fill(texts)
      try log.append(.part(beginning, from: 0, of: count, after: log.end.lastPoint))
      log.finishSync()
    }
  }
}

extension EntryRun {
  /// Some entries of a list.
  fileprivate static func part(
    _ texts: [String], from first: UInt32, of count: UInt32, after previous: LogPoint
  ) throws -> EntryRun {
    var bytes: [UInt8] = []
    var last = previous
    for (index, text) in zip(first..., texts) {
      let place = try #require(ListPlace(index: index, count: count))
      let entry = Entry(
        offset: last.offset.next, epoch: Epoch(1), time: 1, fields: Entry.Fields(list: place).encoded,
        payload: Array(text.utf8))
      last = entry.encode(into: &bytes, after: last)
    }
    return EntryRun(first: previous.offset.next, last: last.offset, bytes: bytes)
  }
}
