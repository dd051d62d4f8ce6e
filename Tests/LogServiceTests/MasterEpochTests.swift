import HTTPServer
import LogStorage
import ReplicationCore
import SimulatedDisk
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
        let disk = SimulatedDisk()
        let first = try await cluster.master([follower.url], log: .started(on: disk))
        let client = cluster.client(first)
        #expect(try await client.add("msg1", w: 2).status == 200)
        // A copy of its folder, started while it still runs.
        let second = try await cluster.master([follower.url], log: .started(on: disk.killed()))
        #expect(second.mastership.epoch > first.mastership.epoch)
        try await eventually("the first is read-only") { first.readOnly != nil }
        let answer = try await client.add("refused", w: 1)
        #expect(answer.status == 503)
        #expect(answer.message.contains("follows a later master (epoch \(second.mastership.epoch))"))
        #expect(first.log.end.last == Offset(1))
        #expect(try await client.get("/messages").texts == ["msg1"], "reads go on")
        #expect(try await cluster.client(second).add("msg2", w: 2).status == 200)
        let shown = try await cluster.client(follower).get("/messages").texts
        #expect(shown == ["msg1", "msg2"])
        let refused = try await cluster.client(follower).add("msg3", w: 1)
        #expect(refused.status == 421)
        #expect(refused.data["master"] as? String == second.url)
      }
    }

    /// Nobody would ever confirm what they wait for.
    @Test func whoWaitsAtADeposedMasterIsToldAtOnceThatTheOutcomeIsUnknown() async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower()
        let port = try Cluster.freePort()
        let disk = SimulatedDisk()
        let first = try await cluster.master(
          [follower.url, "http://127.0.0.1:\(port)"], log: .started(on: disk))
        #expect(try await first.keyed("k", "msg1", w: 2).status == 200)
        let waiting = cluster.client(first).adding("msg2", w: 3)
        let repeated = Pending { try await first.keyed("k", "msg1", w: 3) }
        let raised = Pending {
          try await first.request("GET", "/messages/1", query: [QueryItem(name: "write_concern", value: "3")])
        }
        try await eventually("all wait") { first.waiting == 3 }
        _ = try await cluster.master([follower.url], log: .started(on: disk.killed()))
        for request in [waiting, repeated] {
          let answer = try await request.answer
          #expect(answer.status == 504 && answer.headers["log-outcome"] == "unknown")
          #expect(answer.message.contains("another master has taken over"))
        }
        #expect(try await waiting.answer.data["retryable"] as? Bool == false)
        #expect(try await repeated.answer.data["retryable"] as? Bool == true)
        let ended = try await raised.answer
        #expect(ended.status == 504 && ended.data["outcome"] as? String == "unknown")
        for writeConcern in [1, 2] {
          let late = try await first.keyed("k", "msg1", w: writeConcern)
          #expect(late.status == 504 && late.headers["log-outcome"] == "unknown")
        }
        // The other master may hold a message with it.
        let new = try await first.keyed("new", "msg3", w: 1)
        #expect(new.status == 503 && new.headers["log-outcome"] == "unknown")
        #expect(try await first.request("GET", "/requests/new").status == 503)
        #expect(try await first.request("GET", "/requests/k").data["outcome"] as? String == "unknown")
        #expect(try await first.request("DELETE", "/requests/other").status == 503)
      }
    }

    @Test func aRestartedMasterGoesOnWithItsLogAndTheNextEpoch() async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower()
        let disk = SimulatedDisk()
        let first = try await cluster.master([follower.url], log: .started(on: disk))
        #expect(try await cluster.client(first).add("msg1", w: 2).status == 200)
        await first.stop()
        // The process is killed: its log isn't closed.
        let second = try await cluster.master([follower.url], log: .started(on: disk.killed()))
        #expect(second.mastership.epoch == Epoch(first.mastership.epoch.rawValue + 1))
        #expect(second.mastership.startID != first.mastership.startID)
        #expect(second.log.identity == LogIdentity(log: first.log.identity.log, promise: second.mastership))
        let client = cluster.client(second)
        #expect(try await client.get("/messages").texts == ["msg1"])
        #expect(try await client.add("msg2", w: 2).status == 200)
        #expect(try await cluster.client(follower).get("/messages").texts == ["msg1", "msg2"])
      }
    }

    @Test func aWholeClusterThatRestartsGoesOnWithWhatItHeld() async throws {
      let disks = (0..<3).map { _ in SimulatedDisk() }
      var epochs: [Epoch] = []
      for round in 1...3 {
        try await withCluster { cluster in
          let followers = try disks.dropFirst().map { try cluster.follower(log: .started(on: $0)) }
          let before = followers.map(\.promised?.epoch)
          #expect(before == Array(repeating: epochs.last, count: 2), "the promise is remembered")
          let master = try await cluster.master(followers.map(\.url), log: .started(on: disks[0]))
          epochs.append(master.mastership.epoch)
          #expect(try await cluster.client(master).add("msg\(round)", w: 3).status == 200)
          let texts = (1...round).map { "msg\($0)" }
          for follower in followers { #expect(try await cluster.client(follower).get("/messages").texts == texts) }
        }
      }
      #expect(epochs == [Epoch(1), Epoch(2), Epoch(3)])
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
