import HTTPServer
import LogStorage
import ReplicationCore
import Testing

@testable import LogService

extension LogServiceTests {
  /// Masters after and beside each other.
  @Suite struct MasterEpochTests {
    @Test func aMasterTakesAnEpochAboveWhatItsFollowersHavePromised() async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower()
        let future = Mastership(epoch: Epoch(Clock.wallMilliseconds + 3_600_000), startID: 1)
        #expect(try await cluster.client(follower).replicate(.heartbeat(of: future)).outcome == .accepted)
        let master = try await cluster.master([follower.url])
        #expect(master.mastership.epoch == Epoch(future.epoch.rawValue + 1))
        #expect(try await cluster.client(master).add("msg1", w: 2).status == 200)
      }
    }

    @Test func aLaterMasterDeposesTheOneBefore() async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower()
        let first = try await cluster.master([follower.url])
        let client = cluster.client(first)
        #expect(try await client.add("msg1", w: 2).status == 200)
        let second = try await cluster.master([follower.url])
        #expect(second.mastership.epoch > first.mastership.epoch)
        try await eventually("the first is read-only") { first.readOnly != nil }
        let answer = try await client.add("refused", w: 1)
        #expect(answer.status == 503)
        #expect(answer.message.contains("follows a later master (epoch \(second.mastership.epoch))"))
        #expect(first.log.end.last == Offset(1))
        #expect(try await client.get("/messages").texts == ["msg1"], "reads go on")
        #expect(try await cluster.client(second).add("msg2", w: 2).status == 200)
        let shown = try await cluster.client(follower).get("/messages").texts
        #expect(shown == ["msg2"], "two histories are never mixed")
        let refused = try await cluster.client(follower).add("msg3", w: 1)
        #expect(refused.status == 421)
        #expect(refused.data["master"] as? String == second.url)
      }
    }

    @Test func anEpochThatNothingIsAboveMakesAMasterReadOnlyAndNothingWorse() async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower()
        let last = Mastership(epoch: Epoch(.max), startID: 1)
        #expect(try await cluster.client(follower).replicate(.heartbeat(of: last)).outcome == .accepted)
        let master = try await cluster.master([follower.url])
        try await eventually("it is refused") { master.readOnly != nil }
        let client = cluster.client(master)
        #expect(try await client.add("msg1", w: 1).status == 503)
        #expect(try await client.get("/health").status == 200)
      }
    }

    @Test func aFollowerThatHangsDoesNotHoldUpTheStart() async throws {
      try await withCluster { cluster in
        // It listens, and nobody ever accepts.
        let hanging = try ListeningSocket.bind(host: "127.0.0.1", port: 0)
        let start = ContinuousClock.now
        let master = try await cluster.master(["http://127.0.0.1:\(hanging.port)"])
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(try await cluster.client(master).add("msg1", w: 1).status == 200)
      }
    }
  }
}
