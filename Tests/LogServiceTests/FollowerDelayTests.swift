import LogStorage
import ReplicationCore
import Testing

@testable import LogService

extension LogServiceTests {
  /// A follower's delay emulates a slow replica.
  @Suite struct FollowerDelayTests {
    private static let delay = Interval.milliseconds(500)

    @Test(arguments: Way.allCases)
    func theDelayIsLatencyAndNotThroughput(_ way: Way) async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower(delay: Self.delay)
        let client = cluster.client(follower, way)
        #expect(try await client.replicate(.heartbeat(of: .epoch(5))).held == .zero)
        let sent = SentLog(Array(repeating: "m", count: 20))
        let start = ContinuousClock.now
        let outcomes = try await withThrowingTaskGroup(of: ReplicateAnswer.Outcome.self) { group in
          for number in 1...20 {
            group.addTask { try await client.replicate(sent.request(number...number, of: .epoch(5))).outcome }
          }
          return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        let time = ContinuousClock.now - start
        #expect(outcomes.isSubset(of: [.accepted, .held]))
        #expect(follower.log.end.durable == Offset(20))
        #expect(time >= Self.delay.duration)
        // One after the other they would take 20 delays.
        #expect(time < Self.delay.duration * 2)
      }
    }

    @Test(arguments: Way.allCases)
    func heartbeatsDuplicatesAndRefusalsAreNotDelayed(_ way: Way) async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower(delay: .milliseconds(800))
        let client = cluster.client(follower, way)
        let start = ContinuousClock.now
        async let new = client.replicate(.entries(["a"], of: .epoch(5)))
        try await eventually("it has arrived") { follower.promised == .epoch(5) }
        #expect(try await client.replicate(.heartbeat(of: .epoch(5))).held == .zero)
        #expect(try await client.replicate(.entries(["x"], of: .epoch(4))).outcome == .refused)
        #expect(follower.log.end.last == .zero, "still delayed while others are answered")
        #expect(try await new.held == Offset(1))
        #expect(ContinuousClock.now - start >= .milliseconds(800))
        let again = ContinuousClock.now
        #expect(try await client.replicate(.entries(["a"], of: .epoch(5))).held == Offset(1))
        #expect(try await client.inject("a", at: 1).status == 200)
        #expect(try await client.inject("b", at: 2).status == 409)
        #expect(ContinuousClock.now - again < .milliseconds(800))
      }
    }

    @Test(arguments: Way.allCases)
    func aLaterMasterThatComesDuringTheDelayHasTheLastWord(_ way: Way) async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower(delay: Self.delay)
        let client = cluster.client(follower, way)
        async let older = client.sendDense(.entries(["a"], of: .epoch(5)))
        try await eventually("it has arrived") { follower.promised == .epoch(5) }
        #expect(try await client.replicate(.heartbeat(of: .epoch(6))).outcome == .accepted)
        let refused = try await older
        #expect(refused.status == 409)
        let answer = try ReplicateAnswer(decoding: refused.body)
        #expect(answer.outcome == .refused)
        #expect(answer.promise == .epoch(6))
        #expect(follower.log.end.last == .zero)
      }
    }

    @Test func aStopDoesNotWaitForALongDelay() async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower(delay: .seconds(60))
        let client = cluster.client(follower)
        let pending = Pending { try await client.sendDense(.entries(["a"], of: .epoch(5))) }
        try await eventually("it has arrived") { follower.promised == .epoch(5) }
        let start = ContinuousClock.now
        await follower.stop()
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(try await pending.answer.status == 503)
        #expect(follower.log.end.last == .zero, "503 means: not written")
      }
    }
  }
}
