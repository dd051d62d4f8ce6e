import Glibc
import LogStorage
import ReplicationCore
import SimulatedDisk
import Testing

@testable import LogService

extension LogServiceTests {
  /// Several messages at once, and messages that go only to a certain place.
  @Suite struct BatchTests {
    @Test(arguments: Way.allCases)
    func aListIsAddedTogetherInItsOrder(_ way: Way) async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower()
        let master = try await cluster.master([follower.url])
        let client = cluster.client(master, way)
        #expect(try await client.add("first", w: 2).status == 200)
        let answer = try await client.add(json: #"{"data":["a","","b"],"write_concern":"all"}"#)
        #expect(answer.text == #"{"status_code":200,"message":"Message added successfully","data":null}"#)
        #expect(answer.headers["log-offset"] == "2" && answer.headers["log-last-offset"] == "4")
        #expect(answer.headers["log-outcome"] == "committed")
        for node in [client, cluster.client(follower, way)] {
          #expect(try await node.get("/messages").texts == ["first", "a", "", "b"])
        }
        let one = try await client.add(json: #"{"data":["c"],"write_concern":1}"#)
        #expect(one.headers["log-offset"] == "5" && one.headers["log-last-offset"] == "5")
        let many = (0..<AddBody.listMax).map { "m\($0)" }
        let json = #"{"data":["\#(many.joined(separator: #"",""#))"],"write_concern":2}"#
        #expect(try await client.add(json: json).status == 200)
        #expect(try await cluster.client(follower, way).get("/messages").texts?.suffix(AddBody.listMax) == many[...])
      }
    }

    /// The time-out of a list is told of its last message.
    @Test(arguments: Way.allCases)
    func aListIsConfirmedWhenAllOfItIs(_ way: Way) async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower(log: .held())
        let master = try await cluster.master([follower.url])
        let answer = try await cluster.client(master, way).add(
          json: #"{"data":["a","b"],"write_concern":2,"timeout_ms":20}"#)
        #expect(answer.status == 504)
        #expect(answer.headers["log-offset"] == "1" && answer.headers["log-last-offset"] == "2")
        #expect(answer.data["offset"] as? Int == 1 && answer.data["last_offset"] as? Int == 2)
        #expect((answer.data["next"] as? String)?.contains("/messages/2?") == true)
      }
    }

    @Test func aListForWhichThereIsNoRoomIsNotAddedAtAll() async throws {
      try await withCluster { cluster in
        let disk = SimulatedDisk()
        var options = DiskLogOptions.test
        options.reservePieceBytes = 1 << 10
        let log = try DiskLog.started(on: disk, options: options)
        let master = try await cluster.master([], log: log)
        let client = cluster.client(master)
        #expect(try await client.add("first", w: 1).status == 200)
        disk.fail { $0.kind == .reserve ? DiskFailure(ENOSPC) : nil }
        let text = String(repeating: "x", count: 500)
        let answer = try await client.add(json: #"{"data":["small","\#(text)","\#(text)","\#(text)"]}"#)
        #expect(answer.status == 507)
        #expect(answer.headers["log-outcome"] == "not_written" && answer.data["retryable"] as? Bool == true)
        #expect(master.log.end.last == Offset(1))
        disk.fail(nil)
        try await eventually("there is room again") {
          try await client.add(json: #"{"data":["small","\#(text)","\#(text)","\#(text)"]}"#).status == 200
        }
        #expect(master.log.end.last == Offset(5))
      }
    }

    @Test(arguments: Way.allCases)
    func aMessageIsAddedOnlyWhereTheLogEndsAsExpected(_ way: Way) async throws {
      try await withCluster { cluster in
        let master = try await cluster.master([])
        let client = cluster.client(master, way)
        let json = #"{"data":"a","write_concern":1}"#
        #expect(try await client.add(json: json, ["If-Match": #""0""#]).status == 200)
        #expect(try await client.add(json: json, ["If-Match": #""1""#]).headers["log-offset"] == "2")
        let late = try await client.add(json: json, ["If-Match": #""1""#])
        #expect(late.status == 412 && late.statusCode == 412)
        #expect(late.message.contains("the log ends at offset 2, not at 1"))
        #expect(late.data["last_offset"] as? Int == 2 && late.headers["log-last-offset"] == "2")
        #expect(late.headers["log-outcome"] == "not_written" && late.data["retryable"] as? Bool == false)
        #expect(late.data["next"] as? String == "curl '\(master.url)/messages/2'")
        for wrong in [
          "41", "*", #"W/"2""#, #""2", "3""#, #""""#, #"""#, #""a""#, #""-1""#, #""99999999999999999999""#, "'2'",
        ] {
          let answer = try await client.add(json: json, ["If-Match": wrong])
          #expect(answer.status == 400, "\(wrong)")
          #expect(answer.message.contains(#"If-Match must be one offset in quotes, such as "41""#))
          #expect(answer.headers["log-outcome"] == "not_written")
        }
        #expect(master.log.end.last == Offset(2))
      }
    }

    @Test func ofManyWhoExpectTheSameEndOneSucceeds() async throws {
      try await withCluster { cluster in
        let master = try await cluster.master([])
        let client = cluster.client(master)
        let json = #"{"data":"a","write_concern":1}"#
        for round in 0..<5 {
          let pending = (0..<20).map { _ in client.adding(json: json, ["If-Match": "\"\(round)\""]) }
          var statuses: [Int: Int] = [:]
          for request in pending { statuses[try await request.answer.status, default: 0] += 1 }
          #expect(statuses == [200: 1, 412: 19])
        }
        #expect(master.log.end.last == Offset(5))
      }
    }
  }
}
