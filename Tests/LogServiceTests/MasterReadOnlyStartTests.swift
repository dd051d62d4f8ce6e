import LogStorage
import ReplicationCore
import SimulatedDisk
import Testing

@testable import LogService

extension LogServiceTests {
  /// A master that could overwrite something stays read-only: it changes no follower, and says what to do.
  @Suite struct MasterReadOnlyStartTests {
    /// Starts a master and looks on while it hears the follower's answers for a while.
    private func expectReadOnly(
      _ own: SimulatedDisk, beside other: SimulatedDisk, saying words: String,
      at location: SourceLocation = #_sourceLocation
    ) async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower(log: .started(on: other))
        let before = (follower.log.identity, follower.log.end, other.names())
        let log = try DiskLog.started(on: own)
        let held = (log.identity.log, log.end.last)
        let master = try await cluster.master([follower.url], log: log)
        let client = cluster.client(master)
        let answer = try await client.add("refused", w: 1)
        #expect(answer.status == 503, sourceLocation: location)
        #expect(answer.message.contains(words), "\(answer.message)", sourceLocation: location)
        #expect(answer.message.contains("replog recover --from \(follower.url) --data-dir"), sourceLocation: location)
        #expect(answer.headers["retry-after"] == nil || answer.headers["retry-after"] == "1")
        let deadline = ContinuousClock.now + .milliseconds(400)
        try await eventually("it hears the follower, many times") {
          let health = try await client.get("/health").data
          let shown = (health["followers"] as? [[String: Any]])?.first
          #expect((health["read_only"] as? String)?.contains(words) == true, sourceLocation: location)
          return shown?["state"] as? String == "Healthy" && ContinuousClock.now > deadline
        }
        #expect(follower.log.identity == before.0, "no promise was taken", sourceLocation: location)
        #expect(follower.log.end == before.1, sourceLocation: location)
        #expect(other.names() == before.2, "nothing was set aside", sourceLocation: location)
        #expect(log.identity.log == held.0 && log.end.last == held.1, sourceLocation: location)
        #expect(try await client.get("/messages").status == 200)
      }
    }

    @Test func aWipedMasterOverwritesNothing() async throws {
      try await expectReadOnly(
        SimulatedDisk(), beside: .holding(["a", "b"], commit: 2), saying: "this master's folder holds no log, and")
    }

    @Test func aMasterOfAnotherLogOverwritesNothing() async throws {
      try await expectReadOnly(
        .holding(["x", "y", "z"], of: LogID(high: 2, low: 2)), beside: .holding(["a", "b"]),
        saying: "holds another log than this master")
    }

    @Test func aMasterThatDivergesBelowWhatIsAcknowledgedOverwritesNothing() async throws {
      let own = try SimulatedDisk.holding(promise: 5) { log in
        try log.fill(["a"])
        try log.fill(["x", "y", "z"], epoch: 5)
      }
      try await expectReadOnly(
        own, beside: .holding(["a", "b", "c"], commit: 2), saying: "holds other entries at or below offset 2")
    }

    @Test func aRestoredMasterThatIsTooShortAndWentOnOverwritesNothing() async throws {
      let own = try SimulatedDisk.holding(promise: 5) { log in
        try log.fill(["a"])
        try log.fill(["x"], epoch: 5)
      }
      try await expectReadOnly(
        own, beside: .holding(["a", "b", "c"], commit: 3), saying: "holds other entries at or below offset 3")
    }

    @Test func oneForeignFollowerIsEnough() async throws {
      try await withCluster { cluster in
        let good = try cluster.follower(log: .started(on: .holding(["a", "b"])))
        let foreign = try cluster.follower(log: .started(on: .holding(["x"], of: LogID(high: 2, low: 2))))
        let log = try DiskLog.started(on: .holding(["a"]))
        let master = try await cluster.master([good.url, foreign.url], log: log)
        #expect(try await cluster.client(master).add("refused", w: 1).message.contains(foreign.url))
        #expect(log.end.last == Offset(1), "nothing is copied either")
        #expect(log.identity.promise.epoch == Epoch(1))
      }
    }

    @Test func aFollowerThatBecomesForeignLaterGetsNothingAndIsShown() async throws {
      try await withCluster { cluster in
        let port = try Cluster.freePort()
        let good = try cluster.follower()
        let master = try await cluster.master([good.url, "http://127.0.0.1:\(port)"])
        let client = cluster.client(master)
        #expect(try await client.add("a", w: 2).status == 200)
        let foreign = try cluster.follower(port: port, log: .started(on: .holding(["x"], of: LogID(high: 2, low: 2))))
        try await eventually("it is shown") {
          let followers = try await client.get("/health").data["followers"] as? [[String: Any]]
          return followers?.last?["problem"] as? String == "it holds another log, \(LogID(high: 2, low: 2))"
        }
        #expect(try await client.add("b", w: 2).status == 200)
        #expect(foreign.promised == Mastership(epoch: Epoch(1), startID: 1), "it promised nothing")
        #expect(try await cluster.client(foreign).get("/messages").texts == ["x"])
      }
    }
  }
}
