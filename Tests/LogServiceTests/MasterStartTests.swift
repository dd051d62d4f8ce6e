import HTTPServer
import Locking
import LogStorage
import ReplicationCore
import SimulatedDisk
import Testing

@testable import LogService

extension LogServiceTests {
  /// What a master does before its first message: with which log and which epoch it goes on.
  @Suite struct MasterStartTests {
    @Test func withNothingAnywhereANewLogBeginsThatFollowersTakeOver() async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower()
        let disk = SimulatedDisk()
        let master = try await cluster.master([follower.url], log: .started(on: disk))
        let id = master.log.identity.log
        #expect(id != .none)
        #expect(master.mastership.epoch == Epoch(1))
        try await eventually("it takes the id over") { follower.log.identity.log == id }
        #expect(follower.log.identity.promise == master.mastership)
        let other = try await cluster.master([])
        #expect(other.log.identity.log != id)
        let left = try DiskLog.held(on: disk.powerLoss(keeping: .nothing))
        #expect(left.identity == master.log.identity, "durable before it is used")
      }
    }

    @Test func itGoesOnWithItsLogAndFillsWhoIsBehind() async throws {
      try await withCluster { cluster in
        let followers = try [["a", "b"], []].map { try cluster.follower(log: .started(on: .holding($0))) }
        let master = try await cluster.master(
          followers.map(\.url), log: .started(on: .holding(["a", "b", "c"])))
        #expect(try await cluster.client(master).add("d", w: 3).status == 200)
        for node in followers {
          #expect(try await cluster.client(node).get("/messages").texts == ["a", "b", "c", "d"])
        }
        #expect(master.log.identity.log == .test)
      }
    }

    @Test func theLongestTailIsCopiedBackBeforeTheFirstAdd() async throws {
      try await withCluster { cluster in
        let followers = try [["a", "b"], ["a", "b", "c"], []].map {
          try cluster.follower(log: .started(on: .holding($0)))
        }
        let disk = try SimulatedDisk.holding(["a"])
        let log = try DiskLog.started(on: disk)
        let master = try await cluster.master(followers.map(\.url), log: log)
        #expect(try log.texts == ["a", "b", "c"])
        let left = try DiskLog.held(on: disk.powerLoss(keeping: .nothing))
        #expect(try left.texts == ["a", "b", "c"], "durably")
        #expect(try await cluster.client(master).add("d", w: 4).status == 200)
        for node in followers {
          #expect(try await cluster.client(node).get("/messages").texts == ["a", "b", "c", "d"])
        }
      }
    }

    @Test func theStartIsNotDoneBeforeTheTailIsDurable() async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower(log: .started(on: .holding(["a", "b"])))
        let log = try DiskLog.held(on: .holding(["a"]))
        let isStarted = Locked(false)
        let start = Task {
          _ = try await cluster.master([follower.url], log: log)
          isStarted.withLock { $0 = true }
        }
        try await eventually("it is copied") { log.end.last == Offset(2) }
        try await Task.sleep(for: .milliseconds(100))
        #expect(!isStarted.withLock { $0 })
        log.finishSync()
        try await start.value
        #expect(log.end.durable == Offset(2))
      }
    }

    @Test func aLongTailIsCopiedInSeveralAnswers() async throws {
      try await withCluster { cluster in
        let texts = (1...10).map { String(repeating: "\($0)", count: 1 << 20) }
        let follower = try cluster.follower(log: .started(on: .holding(texts, options: .small)))
        let log = try DiskLog.started()
        try log.setIdentity(LogIdentity(log: .test, promise: .epoch(1)))
        let master = try await cluster.master([follower.url], log: log)
        #expect(master.log.end.durablePoint == follower.log.end.durablePoint)
        #expect(try log.texts == texts)
      }
    }

    @Test func ofTwoTailsThatOfTheLaterEpochWinsAndTheOtherIsSetAside() async throws {
      try await withCluster { cluster in
        let earlier = try SimulatedDisk.holding(["a", "b", "c", "d"])
        let later = try SimulatedDisk.holding(promise: 2) { log in
          try log.fill(["a"])
          try log.fill(["x"], epoch: 2)
        }
        let followers = try [earlier, later].map { try cluster.follower(log: .started(on: $0)) }
        let log = try DiskLog.started(on: .holding(["a"]))
        let master = try await cluster.master(followers.map(\.url), log: log)
        #expect(try log.texts == ["a", "x"])
        #expect(master.mastership.epoch == Epoch(3))
        #expect(try await cluster.client(master).add("y", w: 3).status == 200)
        for node in followers { #expect(try await cluster.client(node).get("/messages").texts == ["a", "x", "y"]) }
        #expect(!earlier.aside.isEmpty, "rather than deleted")
        #expect(later.aside.isEmpty)
      }
    }

    @Test func aTailThatNobodyKnowsToBeAcknowledgedIsCutAndSetAside() async throws {
      try await withCluster { cluster in
        let disk = try SimulatedDisk.holding(["a", "b", "c"], commit: 1)
        let lines = LogLines()
        let follower = try cluster.follower(log: .started(on: disk), logger: lines.logger)
        let own = try SimulatedDisk.holding(promise: 2) { log in
          try log.fill(["a"])
          try log.fill(["x"], epoch: 2)
        }
        let master = try await cluster.master([follower.url], log: .started(on: own))
        #expect(master.readOnly == nil)
        #expect(try await cluster.client(master).add("y", w: 2).status == 200)
        #expect(try await cluster.client(follower).get("/messages").texts == ["a", "x", "y"])
        #expect(disk.aside.count == 1)
        #expect(lines.all.contains { $0.contains("entries that the later master doesn't have were set aside") })
      }
    }

    @Test func aTailThatBreaksOffIsCopiedAsFarAsItIsWhole() async throws {
      try await withCluster { cluster in
        let texts = (1...200).map { "message \($0) " + String(repeating: "x", count: 100) }
        let disk = try SimulatedDisk.holding(texts, options: .small)
        let log = try DiskLog.started(on: disk, options: .small)
        disk.damageMiddle(ofSegment: 2)
        let follower = try cluster.follower(log: log)
        let own = try DiskLog.started(on: .holding(["message 1 " + String(repeating: "x", count: 100)]))
        let master = try await cluster.master([follower.url], log: own)
        let copied = try own.texts
        #expect(copied.count > 40 && copied.count < 200)
        #expect(copied == Array(texts.prefix(copied.count)))
        #expect(try await cluster.client(master).add("more", w: 2).status == 200)
        #expect(try await cluster.client(follower).get("/messages").texts == copied + ["more"])
      }
    }

    @Test func aFollowerThatHangsIsNotWaitedForAndTheOthersAreHeard() async throws {
      try await withCluster { cluster in
        // It listens, and nobody ever accepts.
        let hanging = try ListeningSocket.bind(host: "127.0.0.1", port: 0)
        let follower = try cluster.follower(log: .started(on: .holding(["a", "b"])))
        let log = try DiskLog.started(on: .holding(["a"]))
        let start = ContinuousClock.now
        _ = try await cluster.master(
          ["http://127.0.0.1:\(hanging.port)", follower.url], log: log, handshakeTimeout: .milliseconds(1500))
        #expect(ContinuousClock.now - start < .seconds(8))
        #expect(try log.texts == ["a", "b"])
      }
    }

    @Test func aFollowerThatStartsAMomentLaterIsStillHeard() async throws {
      try await withCluster { cluster in
        let port = try Cluster.freePort()
        let log = try DiskLog.started(on: .holding(["a"]))
        async let starting = cluster.master(["http://127.0.0.1:\(port)"], log: log, handshakeTimeout: .seconds(30))
        try await Task.sleep(for: .milliseconds(200))
        _ = try cluster.follower(port: port, log: .started(on: .holding(["a", "b"])))
        _ = try await starting
        #expect(try log.texts == ["a", "b"])
      }
    }

    @Test func itsEpochIsAboveEverythingHeardAndDurableBeforeItIsUsed() async throws {
      try await withCluster { cluster in
        let followers = try [4, 9, 2].map { promise in
          try cluster.follower(log: .started(on: .holding(["a"], promise: promise)))
        }
        let disk = try SimulatedDisk.holding(["a"], promise: 3)
        let master = try await cluster.master(followers.map(\.url), log: .started(on: disk))
        #expect(master.mastership.epoch == Epoch(10))
        let left = try DiskLog.held(on: disk.powerLoss(keeping: .nothing))
        #expect(left.identity.promise == master.mastership)
        #expect(try await cluster.client(master).add("b", w: 4).status == 200)
      }
    }

    @Test func withoutADurableEpochNothingIsTakenUntilThereIsOne() async throws {
      try await withCluster { cluster in
        let disk = try SimulatedDisk.holding(["a"])
        let log = try DiskLog.started(on: disk)
        disk.fail { $0.kind == .sync && $0.name.hasPrefix("node-") ? DiskFailure(5) : nil }
        let follower = try cluster.follower()
        let master = try await cluster.master([follower.url], log: log)
        let client = cluster.client(master)
        #expect(try await client.add("b", w: 1).status == 503)
        #expect(try await client.get("/messages").texts == ["a"])
        #expect(follower.log.identity.promise.epoch == .none, "nothing is sent without an epoch")
        disk.fail { _ in nil }
        try await eventually("it begins") { master.readOnly == nil }
        #expect(master.mastership.epoch == Epoch(2))
        #expect(try await client.add("b", w: 2).status == 200)
        #expect(follower.log.identity.promise == master.mastership)
        #expect(log.identity.promise == master.mastership)
      }
    }

    @Test func aMasterThatWaitsForItsDiskStopsAtOnce() async throws {
      try await withCluster { cluster in
        let disk = try SimulatedDisk.holding(["a"])
        let log = try DiskLog.started(on: disk)
        disk.fail { $0.kind == .sync && $0.name.hasPrefix("node-") ? DiskFailure(28) : nil }
        let master = try await cluster.master([], log: log)
        #expect(try await cluster.client(master).add("b", w: 1).status == 507)
        await master.stop()
        disk.fail { _ in nil }
        #expect(log.identity.promise.epoch == Epoch(1))
      }
    }

    @Test func withoutSpaceForTheTailNothingIsTakenUntilThereIsSome() async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower(log: .started(on: .holding(["a", String(repeating: "x", count: 1 << 20)])))
        let disk = try SimulatedDisk.holding(["a"])
        let log = try DiskLog.started(on: disk)
        // Room for the promise, not for the tail: going on without it would cut it on the follower.
        disk.setCapacity(64 << 10)
        _ = try? log.append(payload: [UInt8](repeating: 0x78, count: 20 << 20), epoch: Epoch(1), time: 0)
        #expect(log.trouble == .full)
        let master = try await cluster.master([follower.url], log: log)
        let client = cluster.client(master)
        #expect(try await client.add("b", w: 1).status == 507)
        #expect(try await client.get("/messages").texts == ["a"])
        #expect(follower.log.end.last == Offset(2))
        disk.setCapacity(64 << 20)
        try await eventually("it begins") { master.readOnly == nil }
        #expect(try await client.add("b", w: 2).status == 200)
        #expect(try await client.get("/messages").texts == ["a", String(repeating: "x", count: 1 << 20), "b"])
      }
    }
  }
}
