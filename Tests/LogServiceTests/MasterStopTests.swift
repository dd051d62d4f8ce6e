import HTTPClient
import Locking
import LogStorage
import ReplicationCore
import Testing

@testable import LogService

extension LogServiceTests {
  /// How a master ends.
  @Suite struct MasterStopTests {
    @Test(arguments: Way.allCases)
    func aStopAnswersThoseWhoWaitWith504AndTheirOffset(_ way: Way) async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower(log: .held())
        let master = try await cluster.master([follower.url])
        let client = cluster.client(master, way)
        let pending = (1...3).map { _ in client.adding("msg", w: 2) }
        try await eventually("all wait") { master.waiting == 3 }
        let start = ContinuousClock.now
        await master.stop()
        #expect(ContinuousClock.now - start < .seconds(5))
        var offsets: Set<Int> = []
        for request in pending {
          let answer = try await request.answer
          #expect(answer.status == 504 && answer.statusCode == 504)
          let offset = try #require(answer.data["offset"] as? Int)
          #expect(answer.message == "stored at offset \(offset), not confirmed by 2 nodes: the node stops")
          #expect(answer.data["write_concern"] as? Int == 2)
          offsets.insert(offset)
        }
        #expect(offsets == [1, 2, 3])
        if way == .inProcess {
          let late = try await client.add("late", w: 1)
          #expect(late.status == 503)
          #expect(late.headers["retry-after"] == nil, "another try makes no sense")
        } else {
          await #expect(throws: ClientError.self) { try await client.add("late", w: 1) }
        }
        #expect(master.log.end.last == Offset(3))
      }
    }

    @Test(arguments: Way.allCases)
    func aStopWhileHundredsAreUnderWayLosesNoAnswer(_ way: Way) async throws {
      try await withCluster { cluster in
        let followers = try [cluster.follower(), cluster.follower(log: .held())]
        let master = try await cluster.master(followers.map(\.url))
        let client = cluster.client(master, way)
        let pending = (0..<200).map { client.adding("msg \($0)", w: $0 % 3 + 1) }
        try await eventually("some wait, more are coming") { master.waiting >= 10 }
        let start = ContinuousClock.now
        async let first: Void = master.stop()
        async let second: Void = master.stop()
        _ = await (first, second)
        #expect(ContinuousClock.now - start < .seconds(5))
        var stored = 0
        var offsets: Set<Int> = []
        for request in pending {
          guard let answer = try? await request.answer else { continue }
          #expect([200, 503, 504].contains(answer.status))
          if answer.status != 503 { stored += 1 }
          if answer.status == 504, let offset = answer.data["offset"] as? Int {
            #expect(offsets.insert(offset).inserted, "no two have one offset")
          }
        }
        #expect(master.log.end.last == Offset(UInt64(stored)), "503 means: not written")
        #expect(!offsets.isEmpty)
        #expect(master.waiting == 0)
      }
    }

    @Test func aStopOfAFreshMasterIsQuickAndMayBeRepeated() async throws {
      try await withCluster { cluster in
        let master = try await cluster.master(["http://127.0.0.1:\(try Cluster.freePort())"])
        let start = ContinuousClock.now
        for _ in 1...3 { await master.stop() }
        #expect(ContinuousClock.now - start < .seconds(2))
      }
    }

    @Test func nothingFailsInTheLogBecauseOfAStop() async throws {
      try await withCluster { cluster in
        let lines = LogLines()
        let log = try DiskLog.held()
        let follower = try cluster.follower(log: log)
        let master = try await cluster.master([follower.url], logger: lines.logger)
        let pending = cluster.client(master).adding("msg1", w: 2)
        try await eventually("a batch is on the way") { follower.gate.waiting == 1 }
        await master.stop()
        #expect(try await pending.answer.status == 504)
        let all = lines.all
        #expect(all.contains { $0.contains("master stopped") })
        #expect(!all.contains { $0.contains("failed") }, "\(all)")
      }
    }

    @Test func aStoppedNodeIsReleased() async throws {
      weak var releasedMaster: MasterNode?
      weak var releasedFollower: FollowerNode?
      func run() async throws {
        let configuration = Cluster.configuration(port: 0)
        let logs = try [DiskLog.started(), DiskLog.started()]
        let follower = try FollowerNode.start(
          configuration, FollowerConfiguration(), log: logs[0], nodeID: logs[0].node)
        let master = try await MasterNode.start(
          configuration, MasterConfiguration(followers: [follower.url], settings: Cluster.settings), log: logs[1],
          nodeID: logs[1].node)
        let http = try Client()
        let client = NodeClient(way: .overSockets, router: master.router, url: master.url, http: http)
        #expect(try await client.add("msg1", w: 2).status == 200)
        await http.shutDown()
        await master.stop()
        await follower.stop()
        for log in logs { log.close() }
        releasedMaster = master
        releasedFollower = follower
      }
      try await run()
      try await eventually("both are gone") { releasedMaster == nil && releasedFollower == nil }
    }
  }
}
