import Locking
import LogStorage
import ReplicationCore
import SimulatedDisk
import Testing

@testable import LogService

extension LogServiceTests {
  /// A master whose own disk is full or fails.
  @Suite struct DiskTroubleTests {
    /// A log in which little space is reserved ahead.
    private static func log(on disk: SimulatedDisk, held: Bool = false) throws -> DiskLog {
      var options = DiskLogOptions.test
      options.reservePieceBytes = 4 << 10
      return held ? try .held(on: disk, options: options) : try .started(on: disk, options: options)
    }

    @Test(arguments: Way.allCases)
    func aFullDiskIs507UntilThereIsSpaceAndNothingElseSuffers(_ way: Way) async throws {
      try await withCluster { cluster in
        let follower = try DiskLog.held()
        let node = try cluster.follower(log: follower)
        let disk = SimulatedDisk()
        let log = try Self.log(on: disk)
        let lines = LogLines()
        let master = try await cluster.master([node.url], log: log, logger: lines.logger)
        let client = cluster.client(master, way)
        let waiting = client.adding("msg1", w: 2)
        try await eventually("it waits") { master.waiting == 1 }
        disk.setCapacity(0)
        let long = String(repeating: "x", count: 1_000)
        var answer = try await client.add(long, w: 1)
        while answer.status == 200 { answer = try await client.add(long, w: 1) }
        #expect(answer.status == 507 && answer.statusCode == 507)
        #expect(answer.message.contains("not written: the node's disk is full"))
        #expect(answer.data["bytes_needed"] as? Int == Entry.headerBytes + 1_000)
        let last = log.end.last
        #expect(try await client.add(long, w: 2).status == 507)
        #expect(log.end.last == last, "no offset was used up")
        #expect(try await client.get("/messages").texts?.count == Int(last.rawValue), "reads go on")
        let health = try await client.get("/health").data
        #expect(health["storage_trouble"] as? String == "the disk is full")
        #expect(health["read_only"] as? String == "the disk is full")
        #expect(!waiting.isAnswered)
        try follower.letGo()
        #expect(try await waiting.answer.status == 200, "who waits gets what needs no space")
        disk.setCapacity(nil)
        try await eventually("it ends by itself") { log.trouble == nil }
        #expect(try await client.add("more", w: 2).status == 200)
        #expect(log.end.last == last.next, "without a gap")
        #expect(try await client.get("/health").text.contains(#""read_only":null"#))
        #expect(try await cluster.client(node, way).get("/messages").texts?.count == Int(last.rawValue) + 1)
        #expect(lines.all.filter { $0.contains("the disk is full") }.count == 1, "told once")
        #expect(lines.all.contains { $0.contains("the disk is no longer full") })
      }
    }

    @Test(arguments: Way.allCases)
    func aSyncThatFailsConfirmsNobodyAndIsMadeUpFor(_ way: Way) async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower()
        let disk = SimulatedDisk()
        let log = try DiskLog.started(on: disk)
        let master = try await cluster.master([follower.url], log: log)
        let client = cluster.client(master, way)
        #expect(try await client.add("msg1", w: 2).status == 200)
        disk.fail { operation in
          [.sync, .create].contains(operation.kind) && operation.name.hasSuffix(".log") ? DiskFailure(5) : nil
        }
        let pending = [client.adding("msg2", w: 1), client.adding("msg2", w: 2)]
        try await eventually("the log is in trouble, and the follower has both, or one was refused") {
          log.trouble != nil && master.readOnly != nil && master.waiting + pending.count(where: \.isAnswered) == 2
        }
        let refused = try await client.add("refused", w: 1)
        #expect(refused.status == 503)
        #expect(refused.message.contains("not written") && refused.message.contains("the disk fails"))
        #expect(try await client.get("/messages").texts == ["msg1"], "what isn't durable isn't shown")
        let health = try await client.get("/health").data
        #expect((health["storage_trouble"] as? String)?.contains("the disk fails") == true)
        #expect(health["last_offset"] as? Int == 1)
        try await eventually("what was appended is on the follower") { follower.log.end.durable == log.end.last }
        for request in pending where request.isAnswered { #expect(try await request.answer.status == 503) }
        #expect(log.end.durable == Offset(1))
        disk.fail(nil)
        for request in pending { #expect([200, 503].contains(try await request.answer.status)) }
        try await eventually("it ends by itself") { try await client.add("msg3", w: 2).status == 200 }
        let texts = try await client.get("/messages").texts
        #expect(texts?.first == "msg1" && texts?.last == "msg3")
        #expect(try await cluster.client(follower, way).get("/messages").texts == texts)
        #expect(try DiskLog.held(on: disk.powerLoss(keeping: .nothing)).texts == texts, "durably")
      }
    }

    /// Another file is begun at once, so the trouble may be over before the node's loop looks.
    @Test func aSyncThatFailsOnceIsToldAlthoughItIsOver() async throws {
      try await withCluster { cluster in
        let disk = SimulatedDisk()
        let log = try DiskLog.held(on: disk)
        let lines = LogLines()
        let master = try await cluster.master([], log: log, logger: lines.logger)
        let waiting = cluster.client(master).adding("msg1", w: 1)
        try await eventually("it waits") { master.waiting == 1 }
        let hasFailed = Locked(false)
        disk.fail { operation in
          guard operation.kind == .sync, operation.name.hasSuffix(".log") else { return nil }
          return hasFailed.withLock { hasFailed in
            defer { hasFailed = true }
            return hasFailed ? nil : DiskFailure(5)
          }
        }
        // The loop can't look meanwhile.
        master.state.withLock { _ in log.finishSync() }
        #expect(hasFailed.withLock { $0 } && log.trouble == nil)
        #expect(try await waiting.answer.status == 200)
        try await eventually("both are told") {
          lines.all.contains { $0.contains("read-only") && $0.contains("the disk fails") }
            && lines.all.contains { $0.contains("no longer read-only") }
        }
      }
    }

    @Test func whoWaitsWhenTheSyncFailsIsConfirmedAfterTheRescue() async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower()
        let disk = SimulatedDisk()
        let log = try DiskLog.held(on: disk)
        let master = try await cluster.master([follower.url], log: log)
        let client = cluster.client(master)
        let pending = (1...3).map { client.adding("msg\($0)", w: $0 % 2 + 1) }
        try await eventually("the follower holds it all") {
          master.waiting == 3 && master.matches == [Offset(3)]
        }
        disk.fail { $0.kind == .sync && $0.name.hasSuffix(".log") ? DiskFailure(5) : nil }
        log.finishSync()
        #expect(log.trouble != nil)
        #expect(master.waiting == 3 && pending.allSatisfy { !$0.isAnswered }, "nobody is falsely confirmed")
        #expect(try await client.add("refused", w: 1).status == 503)
        #expect(try await client.get("/messages").texts == [])
        disk.fail(nil)
        log.finishSync()
        for request in pending { #expect(try await request.answer.status == 200) }
        #expect(master.readOnly == nil)
        let texts = try await client.get("/messages").texts
        #expect(texts?.sorted() == ["msg1", "msg2", "msg3"])
        #expect(try await cluster.client(follower).get("/messages").texts == texts, "same offsets, same entries")
        #expect(try DiskLog.held(on: disk.powerLoss(keeping: .nothing)).texts == texts)
      }
    }

    @Test(arguments: Way.allCases)
    func bytesThatWaitForTheirFirstSyncHaveALimit(_ way: Way) async throws {
      try await withCluster { cluster in
        var options = DiskLogOptions.test
        options.pendingBytesMax = 1_000
        let log = try DiskLog.held(options: options)
        let master = try await cluster.master([], log: log)
        let client = cluster.client(master, way)
        let text = String(repeating: "x", count: 400)
        let pending = [client.adding(text, w: 1), client.adding(text, w: 1)]
        try await eventually("both wait") { master.waiting == 2 }
        let answer = try await client.add(text, w: 1)
        #expect(answer.status == 503)
        #expect(answer.message.contains("not written: too much waits for the node's disk, at most 1000 bytes may"))
        #expect(answer.headers["retry-after"] == "1")
        #expect(answer.data["limit_bytes"] as? Int == 1_000)
        #expect(log.end.last == Offset(2))
        log.finishSync()
        for request in pending { #expect(try await request.answer.status == 200) }
        let next = client.adding(text, w: 1)
        try await eventually("it is taken") { log.end.last == Offset(3) }
        log.finishSync()
        #expect(try await next.answer.status == 200)
      }
    }

    @Test(arguments: Way.allCases)
    func aFollowerWhoseDiskIsFullCountsAsMissingUntilThereIsSpace(_ way: Way) async throws {
      try await withCluster { cluster in
        let disk = SimulatedDisk()
        let log = try Self.log(on: disk)
        let follower = try cluster.follower(log: log)
        var settings = Cluster.settings
        settings.quorum = 2
        let master = try await cluster.master([follower.url], settings: settings)
        let client = cluster.client(master, way)
        try await eventually("it takes messages") { try await client.add("msg", w: 2).status == 200 }
        disk.setCapacity(0)
        let long = String(repeating: "x", count: 5_000)
        let pending = client.adding(long, w: 2)
        try await eventually("it is shown, and the quorum is lost") {
          let health = try await client.get("/health").data
          let shown = (health["followers"] as? [[String: Any]])?.first
          return shown?["problem"] as? String == "it can't store: its disk is full or fails"
            && shown?["state"] as? String == "Healthy"
            && (health["read_only"] as? String)?.contains("the quorum is 2 of 2 nodes, and 1 is healthy") == true
        }
        #expect(try await client.add("refused", w: 1).status == 503)
        #expect(
          try await cluster.client(follower, way).get("/health").data["storage_trouble"] as? String
            == "the disk is full")
        #expect(!pending.isAnswered)
        disk.setCapacity(nil)
        #expect(try await pending.answer.status == 200)
        try await eventually("it takes messages again") { try await client.add("more", w: 2).status == 200 }
        let followers = try await client.get("/health").data["followers"] as? [[String: Any]]
        #expect(followers?.first?["problem"] is String == false)
      }
    }
  }
}
