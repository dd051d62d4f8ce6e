import LogStorage
import ReplicationCore
import Testing

@testable import LogService

extension LogServiceTests {
  /// What a master sees of a follower, in process and over sockets.
  @Suite struct FollowerNodeTests {
    @Test(arguments: Way.allCases)
    func itsAnswersInTheDenseFormTellWhoItIsAndWhatItHolds(_ way: Way) async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower(delay: .milliseconds(3))
        let client = cluster.client(follower, way)
        let question = try await client.replicate(.question)
        #expect(question.promise.epoch == .none, "epoch 0 only asks")
        #expect(question.log == .none)
        let master = Mastership.epoch(5)
        let sent = SentLog(["a", "b", "c", "d", "e"])
        let answer = try await client.replicate(sent.request(1...2, of: master, commit: 1))
        #expect(answer.outcome == .accepted)
        #expect(answer.identity == follower.identity)
        #expect(answer.promise == master)
        #expect(answer.log == .test)
        #expect(answer.end == sent.point(2))
        #expect(answer.commitKnown == Offset(1))
        #expect(answer.delay == .milliseconds(3))
        let early = try await client.sendDense(sent.request(4...4, of: master))
        #expect(early.status == 200)
        #expect(early.headers["content-type"] == ReplicateRequest.contentType)
        #expect(try ReplicateAnswer(decoding: early.body).outcome == .held)
        #expect(try await client.get("/messages").texts == ["a", "b"])
        #expect(try await client.replicate(sent.request(3...3, of: master)).end == sent.point(4))
        #expect(try await client.get("/messages").texts == ["a", "b", "c", "d"])
        let older = try await client.sendDense(SentLog(["x"], epoch: 4).request(1...1, of: .epoch(4)))
        #expect(older.status == 409)
        #expect(try ReplicateAnswer(decoding: older.body).outcome == .refused)
      }
    }

    @Test(arguments: Way.allCases)
    func whatCannotBeKeptIsSaidWith503AndStoredLater(_ way: Way) async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower(gapBytesMax: 100)
        let client = cluster.client(follower, way)
        let long = String(repeating: "x", count: 100)
        let sent = SentLog(["a", long])
        let full = try await client.sendDense(sent.request(2...2, of: .epoch(5)))
        #expect(full.status == 503)
        #expect(try ReplicateAnswer(decoding: full.body).outcome == .full)
        #expect(try await client.replicate(sent.request(1...2, of: .epoch(5))).end == sent.point(2))
        let byHand = try await client.inject(long, at: 4)
        #expect(byHand.status == 409, "it follows a master now")
      }
    }

    @Test(arguments: Way.allCases)
    func bytesThatNoMasterSendsAre400AndAnotherFormIs415(_ way: Way) async throws {
      try await withCluster { cluster in
        let client = cluster.client(try cluster.follower(), way)
        let good = ReplicateRequest.entries(["a"], of: .epoch(5)).encoded()
        for bytes in [[], Array(good.dropLast()), good + [0], Array("{}".utf8)] {
          let answer = try await client.send("POST", "/replicate", bytes, contentType: ReplicateRequest.contentType)
          #expect(answer.status == 400 && answer.statusCode == 400)
          #expect(answer.message.contains("not a request of a master"))
        }
        let later = try await client.send(
          "POST", "/replicate", good, contentType: "application/vnd.replog.replicate.v3")
        #expect(later.status == 415)
        #expect(later.message.contains(ReplicateRequest.contentType))
        #expect(try await client.post("/replicate", "{").status == 400)
        #expect(try await client.post("/replicate", "{}").status == 422)
        #expect(try await client.get("/replicate").status == 405)
        #expect(try await client.get("/messages").texts == [])
      }
    }

    @Test(arguments: Way.allCases)
    func messagesPutThereByHandStayHiddenUntilThoseBeforeThemCome(_ way: Way) async throws {
      try await withCluster { cluster in
        let client = cluster.client(try cluster.follower(), way)
        for number in [2, 4] {
          let answer = try await client.inject("msg\(number)", at: number)
          #expect(answer.status == 200)
          #expect(answer.message == "Message replicated successfully")
        }
        #expect(try await client.get("/messages").texts == [])
        #expect(try await client.inject("msg1", at: 1).status == 200)
        #expect(try await client.get("/messages").texts == ["msg1", "msg2"])
        #expect(try await client.inject("msg3", at: 3).status == 200)
        for _ in 1...3 { #expect(try await client.inject("msg3", at: 3).status == 200) }
        #expect(try await client.inject("msg6", at: 6).status == 200)
        #expect(try await client.inject("msg6", at: 6).status == 200)
        #expect(try await client.get("/messages").texts == ["msg1", "msg2", "msg3", "msg4"])
        for number in [3, 6] {
          let conflict = try await client.inject("other", at: number)
          #expect(conflict.status == 409)
          #expect(conflict.message == "sequence_id \(number) is held with another text")
          #expect(conflict.data["sequence_id"] as? Int == number)
          #expect(conflict.data["last_offset"] as? Int == 4)
        }
      }
    }

    @Test(arguments: Way.allCases)
    func theFirstContactWithAMasterSetsAsideWhatWasPutThereByHand(_ way: Way) async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower()
        let client = cluster.client(follower, way)
        #expect(try await client.add("msg", w: 1).status == 503, "it has not met its master")
        for number in [1, 2, 4] { #expect(try await client.inject("hand\(number)", at: number).status == 200) }
        let master = try await cluster.master([follower.url])
        #expect(try await cluster.client(master, way).add("msg1", w: 2).status == 200)
        #expect(try await client.get("/messages").texts == ["msg1"])
        #expect(try await client.inject("msg1", at: 1).status == 200, "it holds that already")
        for (text, number) in [("hand1", 1), ("hand2", 2), ("hand4", 4)] {
          let conflict = try await client.inject(text, at: number)
          #expect(conflict.status == 409)
          #expect(conflict.message.contains("follows a master (epoch \(master.mastership.epoch))"))
          #expect(conflict.data["epoch"] as? UInt64 == master.mastership.epoch.rawValue)
        }
        let health = try await client.get("/health").data
        #expect(health["role"] as? String == "follower")
        #expect(health["last_offset"] as? Int == 1)
        #expect(health["master"] as? String == master.url)
      }
    }
  }
}
