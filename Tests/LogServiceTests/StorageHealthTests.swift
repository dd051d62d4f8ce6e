import LogStorage
import ReplicationCore
import SimulatedDisk
import Testing

@testable import LogService

extension LogServiceTests {
  /// What `/health` of both roles tells of the disk.
  @Suite struct StorageHealthTests {
    @Test(arguments: Way.allCases)
    func bothRolesTellWhichLogTheyHoldAndHowItIsSynced(_ way: Way) async throws {
      try await withCluster { cluster in
        var options = DiskLogOptions.test
        options.sync = .never
        let follower = try cluster.follower(log: .started(options: options))
        let before = try await cluster.client(follower, way).get("/health")
        #expect(before.text.contains(#""log_id":null"#))
        let master = try await cluster.master([follower.url])
        for number in 1...3 { #expect(try await cluster.client(master, way).add("msg\(number)", w: 2).status == 200) }
        for (client, sync) in [(cluster.client(master, way), "always"), (cluster.client(follower, way), "never")] {
          let answer = try await client.get("/health")
          let health = answer.data
          #expect(health["log_id"] as? String == "\(master.log.identity.log)")
          #expect(health["storage"] as? String == "disk")
          #expect(health["sync"] as? String == sync)
          #expect(answer.text.contains(#""storage_trouble":null"#))
          #expect(health["entries_written"] as? Int == 3)
          #expect(health["bytes_written"] as? Int == 3 * (Entry.headerBytes + 4))
          let syncs = try #require(health["syncs"] as? Int)
          #expect(sync == "always" ? (1...3).contains(syncs) : syncs == 0)
          #expect(health["last_offset"] as? Int == 3)
        }
      }
    }

    @Test func aRestartedNodeTellsTheSameNodeAndLog() async throws {
      let disk = SimulatedDisk()
      var told: [[String?]] = []
      for _ in 1...2 {
        try await withCluster { cluster in
          let master = try await cluster.master([], log: .started(on: disk))
          let health = try await cluster.client(master).get("/health").data
          told.append([health["node_id"] as? String, health["log_id"] as? String])
        }
      }
      #expect(told[0] == told[1])
      #expect(!told[0].contains(nil))
    }

    @Test func theProgressOfAFollowerThatIsFarBehindIsShown() async throws {
      try await withCluster { cluster in
        let port = try Cluster.freePort()
        let log = try DiskLog.started()
        let master = try await cluster.master(
          ["http://127.0.0.1:\(port)"], log: log, handshakeTimeout: .milliseconds(50))
        for _ in 1...12_000 { _ = try log.append(payload: [0x78], epoch: master.mastership.epoch, time: 0) }
        log.sync()
        let client = cluster.client(master)
        func catchUp() async throws -> [String: Any]? {
          let followers = try await client.get("/health").data["followers"] as? [[String: Any]]
          return followers?.first?["catch_up"] as? [String: Any]
        }
        try await eventually("it is behind") { try await catchUp()?["entries_per_second"] as? Int == 0 }
        _ = try cluster.follower(port: port)
        try await eventually("it has caught up") {
          try await catchUp() == nil && master.matches == [Offset(12_000)]
        }
      }
    }
  }
}
