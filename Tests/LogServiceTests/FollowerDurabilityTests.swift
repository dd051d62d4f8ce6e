import LogStorage
import ReplicationCore
import SimulatedDisk
import Testing

@testable import LogService

extension LogServiceTests {
  /// A follower answers only for what is durable.
  @Suite struct FollowerDurabilityTests {
    @Test(arguments: Way.allCases)
    func answersWaitUntilWhatTheyAnswerForIsDurable(_ way: Way) async throws {
      try await withCluster { cluster in
        let log = try DiskLog.held()
        let follower = try cluster.follower(log: log)
        let client = cluster.client(follower, way)
        let request = ReplicateRequest.entries(["a", "b"], of: .epoch(5))
        let first = Pending { try await client.sendDense(request) }
        let again = Pending { try await client.sendDense(request) }
        try await eventually("both wait") { follower.gate.waiting == 2 }
        #expect(!first.isAnswered && !again.isAnswered)
        let heartbeat = try await client.replicate(.heartbeat(of: .epoch(5)))
        #expect(heartbeat.held == .zero, "a heartbeat is answered meanwhile, truly")
        #expect(try await client.get("/messages").texts == [])
        log.finishSync()
        for pending in [first, again] {
          #expect(try await ReplicateAnswer(decoding: pending.answer.body).held == Offset(2))
        }
        #expect(try await client.get("/messages").texts == ["a", "b"])
      }
    }

    @Test(arguments: Way.allCases)
    func whatIsPutThereByHandWaitsToo(_ way: Way) async throws {
      try await withCluster { cluster in
        let log = try DiskLog.held()
        let follower = try cluster.follower(log: log)
        let client = cluster.client(follower, way)
        let pending = [1, 2].map { _ in Pending { try await client.inject("a", at: 1) } }
        try await eventually("both wait") { follower.gate.waiting == 2 }
        #expect(try await client.inject("c", at: 3).status == 200, "what is only held back has nothing to wait for")
        #expect(pending.allSatisfy { !$0.isAnswered })
        log.finishSync()
        for pending in pending { #expect(try await pending.answer.status == 200) }
      }
    }

    @Test func whatComesWhileASyncRunsWaitsForTheNextOne() async throws {
      try await withCluster { cluster in
        let disk = SimulatedDisk()
        let log = try DiskLog.started(on: disk)
        let client = cluster.client(try cluster.follower(log: log))
        #expect(try await client.replicate(.heartbeat(of: .epoch(5))).outcome == .accepted)
        let syncs = HeldSyncs(of: disk)
        defer { syncs.letGo() }
        let sent = SentLog(["a", "b"])
        let first = Pending { try await client.sendDense(sent.request(1...1, of: .epoch(5))) }
        try await eventually("the sync runs") { syncs.count == 1 }
        let second = Pending { try await client.sendDense(sent.request(1...2, of: .epoch(5))) }
        try await eventually("it has arrived") { log.end.last == Offset(2) }
        syncs.endOne()
        #expect(try await ReplicateAnswer(decoding: first.answer.body).end == sent.point(1))
        try await eventually("the next sync runs") { syncs.count == 2 }
        #expect(!second.isAnswered, "half of it is not all of it")
        #expect(try await client.get("/messages").texts == ["a"])
        syncs.endOne()
        #expect(try await ReplicateAnswer(decoding: second.answer.body).end == sent.point(2))
      }
    }

    @Test func nobodyWaitsForWhatALaterMasterHasRemoved() async throws {
      try await withCluster { cluster in
        let log = try DiskLog.held()
        let follower = try cluster.follower(log: log)
        let client = cluster.client(follower)
        let older = Pending { try await client.sendDense(.entries(["a", "b"], of: .epoch(5))) }
        try await eventually("it waits") { follower.gate.waiting == 1 }
        let later = SentLog(["x"], epoch: 6)
        let newer = Pending { try await client.sendDense(later.request(1...1, of: .epoch(6))) }
        let answer = try await ReplicateAnswer(decoding: older.answer.body)
        #expect(answer.outcome == .refused)
        #expect(answer.held == .zero)
        #expect(!newer.isAnswered)
        log.finishSync()
        #expect(try await ReplicateAnswer(decoding: newer.answer.body).end == later.point(1))
      }
    }

    @Test(arguments: Way.allCases)
    func whatTheDiskRefusesIsAnsweredWith503AndComesAgain(_ way: Way) async throws {
      try await withCluster { cluster in
        let disk = SimulatedDisk()
        let log = try DiskLog.held(on: disk)
        let follower = try cluster.follower(log: log)
        let client = cluster.client(follower, way)
        let request = ReplicateRequest.entries(["a"], of: .epoch(5))
        let pending = Pending { try await client.sendDense(request) }
        try await eventually("it waits") { follower.gate.waiting == 1 }
        let byHand = Pending { try await client.inject("a", at: 1) }
        try await eventually("both wait") { follower.gate.waiting == 2 }
        disk.fail { $0.kind == .sync && $0.name.hasSuffix(".log") ? DiskFailure(5) : nil }
        log.finishSync()
        #expect(try await pending.answer.status == 503)
        let answer = try await ReplicateAnswer(decoding: pending.answer.body)
        #expect(answer.outcome == .storage && answer.held == .zero)
        #expect(try await byHand.answer.status == 504)
        #expect(try await client.replicate(.heartbeat(of: .epoch(5))).outcome == .storage)
        #expect(try await client.get("/messages").texts == [])
        disk.fail(nil)
        log.finishSync()
        let again = try await client.replicate(request)
        #expect(again.outcome == .accepted && again.held == Offset(1))
        #expect(try await client.get("/messages").texts == ["a"])
      }
    }

    @Test(arguments: Way.allCases)
    func aMasterThatHangsUpLeavesNobodyWaiting(_ way: Way) async throws {
      try await withCluster { cluster in
        let log = try DiskLog.held()
        let follower = try cluster.follower(log: log)
        let client = cluster.client(follower, way)
        let pending = Pending { try await client.sendDense(.entries(["a"], of: .epoch(5))) }
        try await eventually("it waits") { follower.gate.waiting == 1 }
        pending.hangUp()
        try await eventually("nobody waits") { follower.gate.waiting == 0 }
        log.finishSync()
        #expect(follower.log.end.durable == Offset(1))
      }
    }

    @Test(arguments: Way.allCases)
    func withoutSyncsABatchIsAnsweredOnceItIsWritten(_ way: Way) async throws {
      try await withCluster { cluster in
        var options = DiskLogOptions.small
        options.sync = .never
        let follower = try cluster.follower(log: .started(options: options))
        let client = cluster.client(follower, way)
        let sent = SentLog((1...300).map { "\($0)" + String(repeating: "x", count: 100) })
        for number in 1...300 {
          let answer = try await client.replicate(sent.request(number...number, of: .epoch(5)))
          #expect(answer.outcome == .accepted && answer.end == sent.point(number))
        }
        #expect(follower.gate.waiting == 0)
      }
    }

    @Test func aStopAnswersTrulyWithoutTheDisk() async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower(log: .held())
        let client = cluster.client(follower)
        let pending = Pending { try await client.sendDense(.entries(["a"], of: .epoch(5))) }
        try await eventually("it waits") { follower.gate.waiting == 1 }
        await follower.stop()
        #expect(try await ReplicateAnswer(decoding: pending.answer.body).held == .zero)
      }
    }
  }
}
