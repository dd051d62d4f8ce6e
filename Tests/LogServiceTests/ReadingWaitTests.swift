import HTTPServer
import LogStorage
import ReplicationCore
import Testing

@testable import LogService

extension LogServiceTests {
  /// Readers that wait.
  @Suite struct ReadingWaitTests {
    @Test(arguments: Way.allCases)
    func anEmptyPageIsHeldUntilSomethingComes(_ way: Way) async throws {
      try await withCluster { cluster in
        let log = try DiskLog.held()
        let follower = try cluster.follower(log: log)
        let client = cluster.client(follower, way)
        let early = ["/messages?wait=60", "/messages?from=1&wait=60", "/messages?view=text&from=2&wait=60"]
          .map { client.reading($0) }
        try await eventually("all wait") { follower.reading.gate.waiting == 3 }
        let stored = Pending { try await client.inject("a", at: 1) }
        try await eventually("it waits for the disk") { follower.gate.waiting == 1 }
        #expect(early.allSatisfy { !$0.isAnswered }, "what is not durable is not there")
        log.finishSync()
        for pending in early.prefix(2) { #expect(try await pending.answer.texts == ["a"]) }
        #expect(try await stored.answer.status == 200)
        #expect(follower.reading.gate.waiting == 1 && !early[2].isAnswered, "it waits for the second")
        let second = Pending { try await client.inject("b", at: 2) }
        try await eventually("it waits for the disk") { follower.gate.waiting == 1 }
        log.finishSync()
        let page = try await early[2].answer
        #expect(page.texts == ["b"] && page.nextOffset == 3)
        #expect(try await second.answer.status == 200)
        #expect(try await client.read("/messages?from=1&wait=60").texts == ["a", "b"], "nothing to wait for")
      }
    }

    @Test(arguments: Way.allCases)
    func whenTheTimeIsOverThePageIsEmpty(_ way: Way) async throws {
      try await withCluster { cluster in
        let master = try await cluster.master([])
        let client = cluster.client(master, way)
        let start = ContinuousClock.now
        let answer = try await client.read("/messages?from=5&wait=0.05")
        #expect(ContinuousClock.now - start >= .milliseconds(50))
        #expect(answer.status == 200 && answer.texts == [] && answer.nextOffset == 5)
        #expect(master.reading.gate.waiting == 0)
      }
    }

    @Test(arguments: Way.allCases)
    func aReaderSeesItsOwnWriteOnAFollower(_ way: Way) async throws {
      try await withCluster { cluster in
        let log = try DiskLog.held()
        let follower = try cluster.follower(log: log)
        let master = try await cluster.master([follower.url])
        let client = cluster.client(follower, way)
        #expect(try await cluster.client(master, way).add("a", w: 1).status == 200)
        let late = try await client.read("/messages?min_offset=1")
        #expect(late.status == 504 && late.lastOffset == 0)
        #expect(late.data["last_offset"] as? Int == 0 && late.data["min_offset"] as? Int == 1)
        #expect(
          late.message
            == "this node shows the messages through offset 0 (level local), not yet through min_offset 1: ask again, "
            + "with a longer wait (at most 60), or another node")
        #expect(try await client.read("/messages?min_offset=1&wait=0.02").status == 504)
        #expect(try await client.read("/messages?min_offset=0").status == 200)
        let waiting = client.reading("/messages?min_offset=1&wait=60")
        try await eventually("it waits") { follower.reading.gate.waiting == 1 }
        try await eventually("the message is there") { log.end.last == Offset(1) }
        log.finishSync()
        #expect(try await waiting.answer.texts == ["a"])
        #expect(try await client.read("/messages?min_offset=1&from=1").texts == ["a"])
      }
    }

    @Test(arguments: Way.allCases)
    func whoHangsUpWaitsNoMore(_ way: Way) async throws {
      try await withCluster { cluster in
        let master = try await cluster.master([])
        let pending = cluster.client(master, way).reading("/messages?wait=60")
        try await eventually("it waits") { master.reading.gate.waiting == 1 }
        pending.hangUp()
        try await eventually("nobody waits") { master.reading.gate.waiting == 0 }
      }
    }

    @Test(arguments: [true, false], Way.allCases)
    func aStopAnswersThoseWhoWait(_ isMaster: Bool, _ way: Way) async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower()
        let master = try await cluster.master([follower.url])
        let client = isMaster ? cluster.client(master, way) : cluster.client(follower, way)
        let gate = isMaster ? master.reading.gate : follower.reading.gate
        let page = client.reading("/messages?from=1&wait=60")
        let own = client.reading("/messages?min_offset=1&wait=60")
        try await eventually("both wait") { gate.waiting == 2 }
        let start = ContinuousClock.now
        if isMaster { await master.stop() } else { await follower.stop() }
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(try await page.answer.texts == [])
        #expect(try await own.answer.status == 504)
      }
    }

    @Test func noMoreThanTheLimitWait() async throws {
      let log = MemoryLog()
      let reading = MessageReading(log: log, waitingMax: 2) { .zero }
      let router = Router(
        ["/messages": ["GET": { (request) async throws(Rejection) in try await reading.answer(request) }]],
        parameters: Router.queryNames)
      try await withCluster { cluster in
        let client = NodeClient(way: .inProcess, router: router, url: "", http: cluster.http)
        let waiting = [client.reading("/messages?wait=60"), client.reading("/messages?min_offset=2&wait=60")]
        try await eventually("both wait") { reading.gate.waiting == 2 }
        let refused = try await client.read("/messages?from=1&wait=1")
        #expect(refused.status == 503 && refused.headers["retry-after"] == "1")
        #expect(refused.message == "too many readers wait, at most 2 may: ask again, or without wait")
        #expect(refused.data["readers_waiting_max"] as? Int == 2)
        #expect(try await client.read("/messages?from=1").status == 200, "who doesn't wait needs no room")
        for text in ["a", "b"] { _ = log.append(payload: Array(text.utf8), epoch: Epoch(1), time: 1) }
        log.sync()
        reading.gate.look()
        #expect(try await waiting[0].answer.texts == ["a", "b"])
        #expect(try await waiting[1].answer.texts == ["a", "b"])
        #expect(try await client.read("/messages?from=3&wait=0.01").status == 200, "there is room again")
      }
    }

    /// What is no message ends nobody's wait.
    @Test func anEntryThatIsNoMessageIsWaitedOver() async throws {
      let log = MemoryLog()
      let reading = MessageReading(log: log, waitingMax: 2) { .zero }
      let pending = Pending {
        try await Answer(
          reading.answer(
            .init(method: "GET", path: "/messages", query: [.init(name: "wait", value: "60")])))
      }
      try await eventually("it waits") { reading.gate.waiting == 1 }
      func append(_ kind: UInt8) {
        let entry = Entry(
          kind: Entry.Kind(rawValue: kind), offset: log.end.last.next, epoch: Epoch(1), time: 0, payload: [0x61])
        log.append(EntryRun(entry, after: log.end.lastPoint))
        log.sync()
        reading.gate.look()
      }
      append(9)
      try await eventually("it waits again") { reading.gate.waiting == 1 }
      #expect(!pending.isAnswered)
      append(0)
      #expect(try await pending.answer.texts == ["a"])
    }

    @Test func hundredsWaitWithoutAThreadEach() async throws {
      try await withCluster { cluster in
        let master = try await cluster.master([])
        let client = cluster.client(master, .inProcess)
        let pending = (0..<500).map { _ in client.reading("/messages?wait=60") }
        try await eventually("all wait") { master.reading.gate.waiting == 500 }
        #expect(try await client.add("a", w: 1).status == 200)
        for reader in pending { #expect(try await reader.answer.texts == ["a"]) }
        #expect(master.reading.gate.waiting == 0)
      }
    }
  }
}
