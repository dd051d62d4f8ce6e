import LogStorage
import ReplicationCore
import Testing

@testable import LogService

extension LogServiceTests {
  /// A follower answers only for what is durable.
  @Suite struct FollowerDurabilityTests {
    @Test(arguments: Way.allCases)
    func answersWaitUntilWhatTheyAnswerForIsDurable(_ way: Way) async throws {
      try await withCluster { cluster in
        let log = HeldLog()
        let follower = try cluster.follower(log: log)
        let client = cluster.client(follower, way)
        let request = ReplicateRequest.entries(["a", "b"], from: 1, of: .epoch(5))
        let first = Pending { try await client.sendDense(request) }
        let again = Pending { try await client.sendDense(request) }
        try await eventually("both wait") { follower.gate.waiting == 2 }
        #expect(!first.isAnswered && !again.isAnswered)
        let heartbeat = try await client.replicate(.heartbeat(of: .epoch(5)))
        #expect(heartbeat.matchOffset == .zero, "a heartbeat is answered meanwhile, truly")
        #expect(try await client.get("/messages").texts == [])
        log.report(Offset(1))
        #expect(follower.gate.waiting == 2, "half of it is not all of it")
        log.report(Offset(2))
        for pending in [first, again] {
          #expect(try await ReplicateAnswer(decoding: pending.answer.body).matchOffset == Offset(2))
        }
        #expect(try await client.get("/messages").texts == ["a", "b"])
      }
    }

    @Test(arguments: Way.allCases)
    func whatIsPutThereByHandWaitsToo(_ way: Way) async throws {
      try await withCluster { cluster in
        let log = HeldLog()
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

    @Test func aReportThatComesLateDoesNotTakeBackALaterOne() async throws {
      try await withCluster { cluster in
        let log = HeldLog()
        let follower = try cluster.follower(log: log)
        let client = cluster.client(follower)
        let first = Pending { try await client.sendDense(.entries(["a", "b"], from: 1, of: .epoch(5))) }
        try await eventually("it waits") { follower.gate.waiting == 1 }
        // Two syncs end on two threads, and the older one tells last.
        log.report(Offset(2))
        log.report(Offset(1))
        #expect(try await first.answer.status == 200)
        let again = Pending { try await client.sendDense(.entries(["a", "b"], from: 1, of: .epoch(5))) }
        try await eventually("a duplicate is answered") { again.isAnswered }
      }
    }

    @Test func nobodyWaitsForWhatALaterMasterHasRemoved() async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower(log: HeldLog())
        let client = cluster.client(follower)
        let older = Pending { try await client.sendDense(.entries(["a", "b"], from: 1, of: .epoch(5))) }
        try await eventually("it waits") { follower.gate.waiting == 1 }
        #expect(try await client.replicate(.heartbeat(of: .epoch(6))).outcome == .accepted)
        let answer = try await ReplicateAnswer(decoding: older.answer.body)
        #expect(answer.outcome == .refused)
        #expect(answer.matchOffset == .zero)
      }
    }

    @Test(arguments: Way.allCases)
    func aMasterThatHangsUpLeavesNobodyWaiting(_ way: Way) async throws {
      try await withCluster { cluster in
        let log = HeldLog()
        let follower = try cluster.follower(log: log)
        let client = cluster.client(follower, way)
        let pending = Pending { try await client.sendDense(.entries(["a"], from: 1, of: .epoch(5))) }
        try await eventually("it waits") { follower.gate.waiting == 1 }
        pending.hangUp()
        try await eventually("nobody waits") { follower.gate.waiting == 0 }
        log.finishSync()
        #expect(follower.log.end.durable == Offset(1))
      }
    }

    @Test func aStopAnswersTrulyWithoutTheDisk() async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower(log: HeldLog())
        let client = cluster.client(follower)
        let pending = Pending { try await client.sendDense(.entries(["a"], from: 1, of: .epoch(5))) }
        try await eventually("it waits") { follower.gate.waiting == 1 }
        await follower.stop()
        #expect(try await ReplicateAnswer(decoding: pending.answer.body).matchOffset == .zero)
      }
    }
  }
}
