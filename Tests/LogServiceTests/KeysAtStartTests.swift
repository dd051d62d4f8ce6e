import LogStorage
import ReplicationCore
import SimulatedDisk
import Testing

@testable import LogService

extension LogServiceTests {
  /// A master with saved keys.
  @Suite struct KeysAtStartTests {
    @Test func aStoppedMasterHasSavedItsKeysAndTheNextOneUsesThem() async throws {
      let disk = SimulatedDisk()
      try await withCluster { cluster in
        let master = try await cluster.master([], log: .started(on: disk, options: .small))
        for number in 1...30 { #expect(try await master.keyed("key-\(number)", "m\(number)").status == 200) }
      }
      #expect(disk.names().contains("keys"))
      try await withCluster { cluster in
        let log = try DiskLog.started(on: disk, options: .small)
        let saved = try #require(try log.keysFile.load(like: KeyIndex()))
        #expect(saved.point == log.end.durablePoint && saved.index.count == 30)
        let master = try await cluster.master([], log: log)
        for number in 1...30 {
          #expect(try await master.keyed("key-\(number)", "m\(number)").headers["idempotency-replayed"] == "true")
        }
        #expect(try await master.keyed("key-31", "m").headers["idempotency-replayed"] == nil)
      }
    }

    @Test func aRepetitionIsToldTheEpochOfItsMessageAndAnAdditionThatOfTheMaster() async throws {
      let disk = SimulatedDisk()
      try await withCluster { cluster in
        let master = try await cluster.master([], log: .started(on: disk))
        #expect(try await master.keyed("a", "1").headers["log-epoch"] == "1")
      }
      try await withCluster { cluster in
        let master = try await cluster.master([], log: .started(on: disk))
        for number in 1...3 {
          #expect(try await master.keyed("a", "1").headers["log-epoch"] == "1")
          #expect(try await master.keyed("new-\(number)", "2").headers["log-epoch"] == "2")
        }
      }
    }

    @Test func aKilledMasterKnowsWhatCameAfterTheLastSave() async throws {
      let disk = SimulatedDisk()
      try await withCluster { cluster in
        let master = try await cluster.master([], log: .started(on: disk, options: .small))
        #expect(try await master.keyed("a", "1").status == 200)
      }
      var killed: [SimulatedDisk] = []
      try await withCluster { cluster in
        let master = try await cluster.master([], log: .started(on: disk, options: .small))
        #expect(try await master.keyed("b", "2").status == 200)
        #expect(try await master.request("DELETE", "/requests/c").status == 200)
        killed = [disk.killed(), disk.powerLoss(keeping: .nothing), disk.powerLoss(keeping: .everything)]
      }
      for disk in killed {
        try await withCluster { cluster in
          let master = try await cluster.master([], log: .started(on: disk, options: .small))
          #expect(try await master.keyed("a", "1").headers["idempotency-replayed"] == "true")
          #expect(try await master.keyed("b", "2").headers["idempotency-replayed"] == "true")
          #expect(try await master.keyed("c", "3").status == 409)
        }
      }
    }

    @Test func aMasterWithoutKeysSavesThatThereAreNone() async throws {
      let disk = SimulatedDisk()
      try await withCluster { cluster in
        let master = try await cluster.master([], log: .started(on: disk))
        try await eventually("the keys are read") { master.keysAreRead }
        for _ in 1...10 { #expect(try await cluster.client(master).add("m", w: 1).status == 200) }
      }
      #expect(try disk.open("keys", isWritable: false).size() == 4096)
      #expect(try DiskLog.held(on: disk).keysFile.load(like: KeyIndex())?.point.offset == Offset(10))
    }

    @Test func aMasterThatHadNothingToAddSavesNothingAnew() async throws {
      let disk = SimulatedDisk()
      try await withCluster { cluster in
        let master = try await cluster.master([], log: .started(on: disk))
        #expect(try await master.keyed("a", "1").status == 200)
      }
      disk.fail { $0.name.hasPrefix("keys.new") ? DiskFailure(5) : nil }
      disk.record()
      try await withCluster { cluster in
        let master = try await cluster.master([], log: .started(on: disk))
        #expect(try await master.keyed("a", "1").status == 200)
      }
      #expect(disk.history.allSatisfy { $0.lastOperation?.name.hasPrefix("keys") != true })
    }
  }
}
