import LogStorage
import ReplicationCore
import Testing

@testable import LogService

extension LogServiceTests {
  /// What a client of a master sees, in process and over sockets.
  @Suite struct MasterNodeTests {
    @Test(arguments: Way.allCases)
    func aWriteConcernCountsTheNodesThatHoldTheMessageDurably(_ way: Way) async throws {
      try await withCluster { cluster in
        let logs = try [DiskLog.held(), DiskLog.held()]
        let followers = try logs.map { try cluster.follower(log: $0) }
        let master = try await cluster.master(followers.map(\.url))
        let client = cluster.client(master, way)
        let answer = try await client.add("msg1", w: 1)
        #expect(answer.status == 200 && answer.statusCode == 200)
        #expect(answer.message == "Message added successfully")
        let two = client.adding("msg2", w: 2)
        try await eventually("it waits") { master.waiting == 1 }
        let three = client.adding("msg3", w: 3)
        try await eventually("both followers have all, not durably") { logs.allSatisfy { $0.end.last == Offset(3) } }
        #expect(master.waiting == 2)
        #expect(!two.isAnswered && !three.isAnswered)
        #expect(try await cluster.client(followers[0], way).get("/messages").texts == [])
        try logs[1].letGo()
        #expect(try await two.answer.status == 200)
        #expect(master.waiting == 1)
        #expect(!three.isAnswered)
        try logs[0].letGo()
        #expect(try await three.answer.status == 200)
        for follower in followers {
          #expect(try await cluster.client(follower, way).get("/messages").texts == ["msg1", "msg2", "msg3"])
        }
      }
    }

    @Test(arguments: Way.allCases)
    func theMastersOwnStoreIsOneMoreReplicaAndAlwaysOneOfThem(_ way: Way) async throws {
      try await withCluster { cluster in
        let log = try DiskLog.held()
        let followers = try [cluster.follower(), cluster.follower()]
        let master = try await cluster.master(followers.map(\.url), log: log)
        let client = cluster.client(master, way)
        let pending = [1, 2, 3].map { client.adding("msg", w: $0) }
        try await eventually("the followers hold all of it and the master knows") {
          master.matches == [Offset(3), Offset(3)]
        }
        #expect(master.waiting == 3, "two followers hold it, but the master itself does not")
        #expect(pending.allSatisfy { !$0.isAnswered })
        #expect(try await client.get("/messages").texts == [])
        #expect(try await cluster.client(followers[0], way).get("/messages").texts == ["msg", "msg", "msg"])
        log.finishSync()
        for request in pending { #expect(try await request.answer.status == 200) }
        #expect(try await client.get("/messages").texts == ["msg", "msg", "msg"])
      }
    }

    @Test(arguments: Way.allCases)
    func leftOutTheWriteConcernIsAMajority(_ way: Way) async throws {
      try await withCluster { cluster in
        let logs = try (0..<4).map { _ in try DiskLog.held() }
        let followers = try logs.map { try cluster.follower(log: $0) }
        let master = try await cluster.master(followers.map(\.url))
        let pending = cluster.client(master, way).adding("msg1", w: nil)
        try await eventually("all have it, not durably") { logs.allSatisfy { $0.end.last == Offset(1) } }
        try logs[2].letGo()
        try await eventually("the master knows of one") {
          master.matches.contains(Offset(1))
        }
        #expect(master.waiting == 1, "two of five are no majority")
        #expect(!pending.isAnswered)
        try logs[0].letGo()
        #expect(try await pending.answer.status == 200)
      }
    }

    @Test(arguments: Way.allCases)
    func aClientThatHangsUpEndsItsOwnWaitAndNothingElse(_ way: Way) async throws {
      try await withCluster { cluster in
        let log = try DiskLog.held()
        let follower = try cluster.follower(log: log)
        let master = try await cluster.master([follower.url])
        let client = cluster.client(master, way)
        let impatient = client.adding("msg1", w: 2)
        try await eventually("it waits") { master.waiting == 1 }
        let patient = client.adding("msg2", w: 2)
        try await eventually("both wait") { master.waiting == 2 }
        impatient.hangUp()
        try await eventually("one waits") { master.waiting == 1 }
        #expect(!patient.isAnswered)
        if way == .overSockets {
          try await eventually("its connection is freed") { master.suspended == 1 }
        }
        try log.letGo()
        #expect(try await patient.answer.status == 200)
        #expect(try await client.get("/messages").texts == ["msg1", "msg2"], "the message stays")
        #expect(try await cluster.client(follower, way).get("/messages").texts == ["msg1", "msg2"])
      }
    }

    @Test(arguments: Way.allCases)
    func hangUpsAtTheMomentOfTheAnswerLeaveNothingBehind(_ way: Way) async throws {
      try await withCluster { cluster in
        let followers = try [cluster.follower(), cluster.follower()]
        let master = try await cluster.master(followers.map(\.url))
        let client = cluster.client(master, way)
        for round in 0..<20 {
          let pending = (0..<20).map { client.adding("msg", w: $0 % 3 + 1) }
          // At another moment in each round: before the append, while they wait, and when all is answered.
          try await Task.sleep(for: .microseconds(round * 200))
          for (index, request) in pending.enumerated() where index.isMultiple(of: 2) { request.hangUp() }
          for (index, request) in pending.enumerated() {
            let answer = try? await request.answer
            if !index.isMultiple(of: 2) { #expect(answer?.status == 200) }
          }
        }
        try await eventually("nobody waits") { master.waiting == 0 && master.suspended == 0 }
        try await eventually("what was stored is everywhere") {
          followers.allSatisfy { $0.log.end.durable == master.log.end.last }
        }
      }
    }

    @Test(arguments: Way.allCases)
    func aFollowerThatComesLateIsGivenAll(_ way: Way) async throws {
      try await withCluster { cluster in
        let port = try Cluster.freePort()
        let follower1 = try cluster.follower()
        let master = try await cluster.master([follower1.url, "http://127.0.0.1:\(port)"])
        let client = cluster.client(master, way)
        #expect(try await client.add("Msg1", w: 1).status == 200)
        #expect(try await client.add("Msg2", w: 2).status == 200)
        let three = client.adding("Msg3", w: 3)
        try await eventually("it waits") { master.waiting == 1 }
        #expect(try await client.add("Msg4", w: 1).status == 200)
        #expect(!three.isAnswered)
        let follower2 = try cluster.follower(port: port)
        #expect(try await three.answer.status == 200)
        try await eventually("all is there, in order") {
          try await cluster.client(follower2, way).get("/messages").texts == ["Msg1", "Msg2", "Msg3", "Msg4"]
        }
      }
    }
  }
}
