import Foundation
import LogStorage
import ReplicationCore
import SimulatedDisk
import Testing

@testable import LogService

extension LogServiceTests {
  /// When each node confirmed a message, and what the message survives: the end of a receipt.
  @Suite struct ConfirmedReceiptTests {
    /// One entry of `confirmed`.
    private struct Confirmed: Equatable {
      let node: String?
      let time: Double?
      let milliseconds: Int?
    }

    private func confirmed(_ answer: Answer) throws -> [Confirmed] {
      try #require(answer.data["confirmed"] as? [[String: Any]]).map { entry in
        #expect(Set(entry.keys) == ["node", "at", "after_ms"])
        return Confirmed(
          node: entry["node"] as? String, time: try (entry["at"] as? String).map { try milliseconds($0) },
          milliseconds: entry["after_ms"] as? Int)
      }
    }

    private func milliseconds(_ timestamp: String) throws -> Double {
      (try Date(timestamp, strategy: .iso8601.year().month().day().time(includingFractionalSeconds: true))
        .timeIntervalSince1970 * 1000).rounded()
    }

    private func survives(_ answer: Answer) -> [String: Any] { answer.data["survives"] as? [String: Any] ?? [:] }

    @Test(arguments: Way.allCases)
    func itSaysWhenEachNodeConfirmedAndWhatThatIsWorth(_ way: Way) async throws {
      try await withCluster { cluster in
        let slow = try DiskLog.held()
        let followers = try [cluster.follower(), cluster.follower(log: slow)]
        let master = try await cluster.master(followers.map(\.url))
        let client = cluster.client(master, way)
        let added = try await client.add(
          json: #"{"data":"a","write_concern":2}"#, ["Prefer": "return=representation"])
        #expect(added.status == 200)
        let before = try await client.get("/messages/1")
        for answer in [added, before] {
          let confirmed = try confirmed(answer)
          #expect(Set(confirmed.map(\.node)) == ["master", followers[0].url])
          let appended = try milliseconds(try #require(answer.data["time"] as? String))
          for entry in confirmed {
            let (time, after) = (try #require(entry.time), try #require(entry.milliseconds))
            #expect(after >= 0 && (Double(after) == time - appended || time < appended))
          }
          #expect(confirmed.map { $0.time ?? 0 } == confirmed.map { $0.time ?? 0 }.sorted())
          let survives = survives(answer)
          #expect(Set(survives.keys) == ["crash_of_all_nodes", "power_loss", "lost_disks", "text"])
          #expect(survives["crash_of_all_nodes"] as? Bool == true && survives["power_loss"] as? Bool == true)
          #expect(survives["lost_disks"] as? Int == 1)
          #expect((survives["text"] as? String)?.contains("any one node's disk") == true)
        }
        try slow.letGo()
        let after = try await client.get("/messages/1?write_concern=3&wait=60")
        #expect(after.status == 200)
        let all = try confirmed(after)
        #expect(Array(all.prefix(2)) == (try confirmed(before)), "what was said stays")
        #expect(all.count == 3)
        let last = try #require(all.last)
        #expect(last.node == followers[1].url)
        #expect(try #require(last.milliseconds) >= (all.compactMap(\.milliseconds).max() ?? .max))
        #expect(survives(after)["lost_disks"] as? Int == 2)
      }
    }

    @Test func aSlowFollowerConfirmsLaterAndStandsLast() async throws {
      try await withCluster { cluster in
        let followers = try [cluster.follower(delay: .milliseconds(300)), cluster.follower()]
        let master = try await cluster.master(followers.map(\.url))
        let answer = try await cluster.client(master).add(
          json: #"{"data":"a","write_concern":3}"#, ["Prefer": "return=representation"])
        let confirmed = try confirmed(answer)
        #expect(confirmed.last?.node == followers[0].url && confirmed.last?.milliseconds ?? 0 >= 290)
        #expect(confirmed.count == 3)
      }
    }

    @Test func whatWasConfirmedToAnEarlierStartIsHeldSinceNobodyKnowsWhen() async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower()
        let disk = SimulatedDisk()
        let first = try await cluster.master([follower.url], log: .started(on: disk))
        #expect(try await cluster.client(first).add("a", w: 2).status == 200)
        await first.stop()
        let second = try await cluster.master([follower.url], log: .started(on: disk.killed()))
        let client = cluster.client(second)
        let old = try await client.get("/messages/1?write_concern=2&wait=60")
        #expect(
          try confirmed(old) == [
            Confirmed(node: "master", time: nil, milliseconds: nil),
            Confirmed(node: follower.url, time: nil, milliseconds: nil),
          ])
        #expect(survives(old)["lost_disks"] as? Int == 1)
        #expect(try await client.add("b", w: 2).status == 200)
        let new = try confirmed(try await client.get("/messages/2"))
        #expect(new.count == 2 && new.allSatisfy { $0.time != nil && $0.milliseconds != nil })
      }
    }

    @Test func aCopyIsNotCountedWhileNobodyHearsOfIt() async throws {
      var settings = Cluster.settings
      settings.suspectedAfter = .milliseconds(100)
      settings.unhealthyAfter = .milliseconds(200)
      try await withCluster { cluster in
        let follower = try cluster.follower()
        let master = try await cluster.master([follower.url], settings: settings)
        let client = cluster.client(master)
        #expect(try await client.add("a", w: 2).status == 200)
        try await eventually("it is counted") {
          survives(try await client.get("/messages/1"))["lost_disks"] as? Int == 1
        }
        await follower.stop()
        try await eventually("it is not counted") {
          survives(try await client.get("/messages/1"))["lost_disks"] as? Int == 0
        }
        let answer = try await client.get("/messages/1")
        #expect(answer.data["held_by"] as? [String] == ["master", follower.url], "it is not known to have lost it")
        #expect((survives(answer)["text"] as? String)?.contains(follower.url) == true)
        #expect(try confirmed(answer).count == 2)
      }
    }

    /// What the disks would really have on them after each failure.
    @Test(arguments: DiskLogOptions.SyncPolicy.allCases)
    func whatIsSaidToSurviveIsThereAfterwardsAndWhatIsNotSaidMayBeGone(_ sync: DiskLogOptions.SyncPolicy) async throws {
      var options = DiskLogOptions.test
      options.sync = sync
      func texts(_ disk: SimulatedDisk) throws -> [String] {
        let log = try DiskLog.held(on: disk)
        defer { log.close() }
        return try log.texts
      }
      try await withCluster { cluster in
        let disks = [SimulatedDisk(), SimulatedDisk()]
        let follower = try cluster.follower(log: .started(on: disks[1], options: options))
        let master = try await cluster.master([follower.url], log: .started(on: disks[0], options: options))
        let answer = try await cluster.client(master).add(
          json: #"{"data":"a","write_concern":2}"#, ["Prefer": "return=representation"])
        let survives = survives(answer)
        #expect(survives["crash_of_all_nodes"] as? Bool == true)
        #expect(try texts(disks[0].killed()) == ["a"])
        #expect(survives["power_loss"] as? Bool == (sync == .always))
        #expect(try texts(disks[0].powerLoss(keeping: .nothing)) == (sync == .always ? ["a"] : []))
        #expect(survives["lost_disks"] as? Int == 1)
        #expect(try texts(disks[1].killed()) == ["a"], "the other disk of two")
      }
    }
  }
}
