import HTTPClient
import HTTPServer
import LogStorage
import ReplicationCore
import SimulatedDisk
import Testing

@testable import LogService

extension LogServiceTests {
  /// What lies on a node's disk is not what was written.
  @Suite struct DamageTests {
    private static let texts = (1...300).map { "message \($0) " + String(repeating: "x", count: 1_000) }

    private static func cluster(
      _ cluster: Cluster, followerDisk: SimulatedDisk
    ) async throws -> (master: MasterNode, follower: FollowerNode, lines: LogLines) {
      let lines = LogLines()
      let follower = try cluster.follower(
        log: .started(on: followerDisk, options: .small), logger: lines.logger)
      let master = try await cluster.master([follower.url], log: .started(on: .holding(texts)))
      return (master, follower, lines)
    }

    /// All pieces that come, and what broke them off.
    private static func read(_ next: () throws -> [UInt8]?) -> (shown: [UInt8], end: (any Error)?) {
      var shown: [UInt8] = []
      do {
        while let piece = try next() { shown += piece }
      } catch {
        return (shown, error)
      }
      return (shown, nil)
    }

    @Test(arguments: Way.allCases)
    func aFollowerThatFindsDamageSetsItAsideAndIsFilledAgain(_ way: Way) async throws {
      try await withCluster { cluster in
        let disk = try SimulatedDisk.holding(Self.texts, options: .small)
        let (master, follower, lines) = try await Self.cluster(cluster, followerDisk: disk)
        try await eventually("it is filled") { follower.log.end.durablePoint == master.log.end.durablePoint }
        let before = follower.identity
        disk.damageMiddle(ofSegment: 1)
        let client = cluster.client(follower, way)
        let shown = try? await client.get("/messages").texts
        #expect(shown == nil || shown == Self.texts, "never anything wrong")
        try await eventually("it goes on as another incarnation") { follower.identity != before }
        #expect(follower.identity.node == before.node)
        try await eventually("it is filled again") { follower.log.end.durablePoint == master.log.end.durablePoint }
        #expect(follower.log.trouble == nil)
        #expect(try await client.get("/messages").texts == Self.texts)
        #expect(!disk.aside.isEmpty)
        #expect(lines.all.contains { $0.contains("damage was set aside") && $0.contains("damaged at offset") })
        #expect(try await cluster.client(master, way).add("more", w: 2).status == 200)
      }
    }

    @Test func aFollowerThatStartsWithDamageCountsOnlyUpToIt() async throws {
      try await withCluster { cluster in
        let disk = try SimulatedDisk.holding(Self.texts, options: .small)
        // Its header: that is noticed at once.
        disk.damage(.flippedBit(disk.segments[2], position: 20, bit: 1))
        let first = try #require(UInt64(disk.segments[2].dropLast(4)))
        let log = try DiskLog.started(on: disk, options: .small)
        #expect(log.trouble != nil)
        let follower = try cluster.follower(log: log)
        #expect(log.trouble == nil && log.end.last == Offset(first - 1), "before it answers anybody")
        let master = try await cluster.master([follower.url], log: .started(on: .holding(Self.texts)))
        try await eventually("it is filled again") { log.end.durablePoint == master.log.end.durablePoint }
        #expect(try log.texts == Self.texts)
      }
    }

    @Test func aFollowerSetsDamageAsideAsSoonAsThereIsSpace() async throws {
      try await withCluster { cluster in
        let disk = try SimulatedDisk.holding(Self.texts, options: .small)
        let (master, follower, _) = try await Self.cluster(cluster, followerDisk: disk)
        try await eventually("it is filled") { follower.log.end.durablePoint == master.log.end.durablePoint }
        disk.setCapacity(0)
        disk.damageMiddle(ofSegment: 1)
        _ = try? await cluster.client(follower).get("/messages")
        try await eventually("the master shows that it can't store") {
          let health = try await cluster.client(master).get("/health").data
          return (health["followers"] as? [[String: Any]])?.first?["problem"] is String
        }
        #expect(disk.aside.isEmpty)
        disk.setCapacity(nil)
        try await eventually("it is filled again") {
          follower.log.trouble == nil && follower.log.end.durablePoint == master.log.end.durablePoint
        }
        #expect(try await cluster.client(follower).get("/messages").texts == Self.texts)
      }
    }

    @Test func aMasterBreaksOffInTheMiddleOfALongAnswerAndIsReadOnly() async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower()
        let disk = try SimulatedDisk.holding(Self.texts, options: .small)
        let log = try DiskLog.started(on: disk, options: .small)
        let lines = LogLines()
        let master = try await cluster.master([follower.url], log: log, logger: lines.logger)
        try await eventually("the follower is filled") { follower.log.end.durablePoint == log.end.durablePoint }
        let whole = try Answer(MessagesAnswer.response(log: log)).body
        let index = disk.segments.count - 5
        disk.damageMiddle(ofSegment: index)
        guard case .stream(let next) = try MessagesAnswer.response(log: log).body else {
          Issue.record("it comes in pieces")
          return
        }
        let (shown, end) = Self.read(next)
        #expect(end is LogReadError, "it breaks off")
        #expect(shown.count > 100_000 && whole.starts(with: shown), "up to the damage, and nothing wrong")
        await #expect(throws: ClientError.self) { _ = try await cluster.client(master).get("/messages") }
        try await eventually("it is read-only") { master.readOnly != nil }
        for way in Way.allCases {
          let client = cluster.client(master, way)
          let answer = try await client.add("refused", w: 1)
          #expect(answer.status == 503)
          #expect(answer.message.contains(disk.segments[index]) && answer.message.contains("damaged at offset"))
          #expect(answer.message.contains("replog recover --from"))
          #expect(try await client.get("/health").data["read_only"] as? String != nil)
        }
        #expect(lines.all.contains { $0.hasPrefix("error read-only") && $0.contains(disk.segments[index]) })
        #expect(follower.log.end.last == Offset(UInt64(Self.texts.count)))
        #expect(disk.aside.isEmpty, "nothing is repaired by guessing")
      }
    }

    @Test func aMasterDamagedAtItsBeginningShowsNothingWrong() async throws {
      try await withCluster { cluster in
        let disk = try SimulatedDisk.holding(Self.texts, options: .small)
        let log = try DiskLog.started(on: disk, options: .small)
        let master = try await cluster.master([], log: log)
        disk.damage(.zeros(disk.segments[0], 4_000..<4_600))
        let answer = try await cluster.client(master).get("/messages")
        #expect(answer.status == 500)
        #expect(answer.message.contains("the messages can't be read: the log is damaged"))
        #expect(try await cluster.client(master).add("refused", w: 1).status == 503)
      }
    }

    @Test func aMasterThatStartsWithDamageTakesNothingAndCutsNothing() async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower(log: .started(on: .holding(Self.texts)))
        let disk = try SimulatedDisk.holding(Self.texts, options: .small)
        disk.damage(.flippedBit(disk.segments[2], position: 20, bit: 1))
        let log = try DiskLog.started(on: disk, options: .small)
        let end = log.end
        let master = try await cluster.master([follower.url], log: log)
        let client = cluster.client(master)
        #expect(try await client.add("refused", w: 1).message.contains("replog recover"))
        #expect(try await client.get("/messages").texts == Array(Self.texts.prefix(Int(end.last.rawValue))))
        try await eventually("the follower answers") {
          let health = try await client.get("/health").data
          return (health["followers"] as? [[String: Any]])?.first?["state"] as? String == "Healthy"
        }
        #expect(log.end == end)
        #expect(follower.log.end.last == Offset(UInt64(Self.texts.count)))
      }
    }
  }
}
