import LogStorage
import ReplicationCore
import SimulatedDisk
import Testing

@testable import LogService

extension LogServiceTests {
  /// `POST /fetch`, in process and over sockets.
  @Suite struct FetchAnsweringTests {
    @Test(arguments: Way.allCases)
    func bothRolesSayWhatTheyHold(_ way: Way) async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower()
        let master = try await cluster.master([follower.url])
        for text in ["a", "b", "c"] { #expect(try await cluster.client(master).add(text, w: 2).status == 200) }
        let log = master.log.identity.log
        for client in [cluster.client(master, way), cluster.client(follower, way)] {
          let head = try await client.fetch(log: .none, after: 0)
          #expect(head.log == log)
          #expect(head.promise == master.mastership)
          #expect(head.end == master.log.end.durablePoint)
          #expect(head.point == LogPoint(beginning: log))
          #expect(head.entries.isEmpty)
          let all = try await client.fetch(log: log, after: 1, bytesMax: 1 << 20)
          #expect(all.point == (try master.log.point(at: Offset(1))))
          #expect(all.entries.first == Offset(2) && all.entries.last == Offset(3))
          #expect(try await client.fetch(log: log, after: 4).point == nil)
        }
        #expect(try await cluster.client(follower, way).fetch(log: log, after: 0).identity == follower.identity)
      }
    }

    @Test(arguments: Way.allCases)
    func oneEntryAlwaysFitsAndNoMoreThanAskedForComes(_ way: Way) async throws {
      try await withCluster { cluster in
        let texts = (1...9).map { String(repeating: "\($0)", count: 1 << 20) }
        let follower = try cluster.follower(log: .started(on: .holding(texts, options: .small)))
        let client = cluster.client(follower, way)
        #expect(try await client.fetch(after: 2, bytesMax: 1).entries.count == 1)
        #expect(try await client.fetch(after: 9, bytesMax: 1).entries.isEmpty)
        var last: UInt64 = 0
        while last < 9 {
          let entries = try await client.fetch(after: last, bytesMax: .max).entries
          #expect(entries.first == Offset(last + 1) && entries.bytes.count <= FetchAnswering.bytesMax)
          last = max(last + 1, entries.last.rawValue)
        }
      }
    }

    @Test func onlyWhatIsDurableIsGiven() async throws {
      try await withCluster { cluster in
        let disk = try SimulatedDisk.holding(["a"])
        let log = try DiskLog.held(on: disk)
        let follower = try cluster.follower(log: log)
        _ = try log.append(payload: [0x62], epoch: Epoch(1), time: 0)
        let client = cluster.client(follower)
        let before = try await client.fetch(after: 0, bytesMax: 100_000)
        #expect(before.end.offset == Offset(1) && before.entries.last == Offset(1))
        #expect(try await client.fetch(after: 2).point == nil)
        log.finishSync()
        #expect(try await client.fetch(after: 0, bytesMax: 100_000).entries.last == Offset(2))
      }
    }

    @Test func whatAPersonPutThereCountsForNothing() async throws {
      try await withCluster { cluster in
        let client = cluster.client(try cluster.follower())
        #expect(try await client.inject("a", at: 1).status == 200)
        let answer = try await client.fetch(log: .none, after: 0, bytesMax: 100_000)
        #expect(answer.log == .none && answer.end.offset == .zero && answer.entries.isEmpty)
      }
    }

    @Test(arguments: Way.allCases)
    func otherFormsAndBrokenOnesAreRefused(_ way: Way) async throws {
      try await withCluster { cluster in
        let master = try await cluster.master([])
        for client in [cluster.client(master, way), cluster.client(try cluster.follower(), way)] {
          let json = try await client.post("/fetch", "{}")
          #expect(json.status == 415 && json.message.contains(FetchRequest.contentType))
          for bytes in [[], [UInt8](repeating: 0xff, count: FetchRequest.encodedBytes)] {
            let answer = try await client.send("POST", "/fetch", bytes, contentType: FetchRequest.contentType)
            #expect(answer.status == 400 && answer.message.contains("not a request of a node"))
          }
          #expect(try await client.get("/fetch").status == 405)
        }
      }
    }

    @Test func whatIsDamagedIsNotGiven() async throws {
      try await withCluster { cluster in
        let texts = (1...200).map { "message \($0) " + String(repeating: "x", count: 100) }
        let disk = try SimulatedDisk.holding(texts, options: .small)
        let log = try DiskLog.started(on: disk, options: .small)
        let master = try await cluster.master([], log: log)
        disk.damageMiddle(ofSegment: 1)
        let client = cluster.client(master)
        let question = FetchRequest(log: .test, after: .zero, bytesMax: 1 << 20)
        var answer = try await client.sendFetch(question)
        var last = Offset.zero
        while answer.status == 200 {
          let entries = try FetchAnswer(decoding: answer.body).entries
          last = entries.last
          answer = try await client.sendFetch(FetchRequest(log: .test, after: last, bytesMax: 1 << 20))
        }
        #expect(answer.status == 500)
        #expect(last >= Offset(40), "what lies before it is")
        #expect(answer.message.contains("damaged at offset") && answer.message.contains(disk.segments[1]))
      }
    }
  }
}
