import HTTPClient
import Testing

/// Behaviour 6: "What a person injects never makes a node crash or lie later."
@Suite struct InjectionTests {
  /// A follower without a master.
  private func loneFollower(_ options: [String] = []) async throws -> Cluster.Node {
    let cluster = try Cluster(delays: [0], followerOptions: options)
    try await cluster.followers[0].start()
    return cluster.followers[0]
  }

  /// "Messages 2 and 4 put on a follower by hand … stay hidden until 1 and 3 are there."
  @Test func earlyMessagesStayHiddenUntilTheOnesBeforeThemAreThere() async throws {
    let follower = try await loneFollower()
    for number in [2, 4] { #expect(try await follower.client.replicate("m\(number)", at: number).status == 200) }
    #expect(try await follower.client.messages() == [])
    #expect(try await follower.client.replicate("m1", at: 1).status == 200)
    #expect(try await follower.client.messages() == ["m1", "m2"])
    #expect(try await follower.client.replicate("m3", at: 3).status == 200)
    #expect(try await follower.client.messages() == ["m1", "m2", "m3", "m4"])
  }

  /// "The same one three times is shown once": in turn and at once, stored and still early.
  @Test func theSameMessageThreeTimesIsShownOnce() async throws {
    let follower = try await loneFollower()
    for number in [2, 1] {
      try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<3 {
          group.addTask { try await follower.client.replicate("m\(number)", at: number).status }
        }
        for try await status in group { #expect(status == 200) }
      }
      for _ in 0..<3 { #expect(try await follower.client.replicate("m\(number)", at: number).status == 200) }
    }
    #expect(try await follower.client.messages() == ["m1", "m2"])
  }

  /// "The same number with another text is 409", whether it is shown already or still early.
  @Test func theSameNumberWithAnotherTextIs409() async throws {
    let follower = try await loneFollower()
    _ = try await follower.client.replicate("m1", at: 1)
    _ = try await follower.client.replicate("m3", at: 3)
    for number in [1, 3] {
      let answer = try await follower.client.replicate("other", at: number)
      #expect(answer.status == 409)
      #expect(answer.message == "sequence_id \(number) is held with another text")
      #expect(answer.data?["sequence_id"]?.int == number)
    }
    _ = try await follower.client.replicate("m2", at: 2)
    #expect(try await follower.client.messages() == ["m1", "m2", "m3"])
  }

  /// Numbers that are none of the log's are refused, and change nothing.
  @Test func sequenceIDsThatAreNoPositionAre422() async throws {
    let follower = try await loneFollower()
    let wrong = [
      "0", "-1", "1.5", "1e-1", "\"1\"", "null", "true", "[1]", "{}", "9007199254740992", "18446744073709551616",
      "1e400", "-9223372036854775809",
    ]
    for value in wrong {
      let answer = try await HTTP.post(
        "\(follower.url)/replicate", #"{"data":{"text":"a","sequence_id":\#(value)}}"#)
      #expect(answer.status == 422, "\(value)")
      #expect(answer.message.contains("from 1 to 9007199254740991"), "\(value)")
    }
    #expect(try await HTTP.post("\(follower.url)/replicate", #"{"data":{"text":"a"}}"#).status == 422)
    #expect(try await HTTP.post("\(follower.url)/replicate", #"{"data":{"sequence_id":1}}"#).status == 422)
    #expect(try await HTTP.post("\(follower.url)/replicate", #"{"data":"a"}"#).status == 422)
    // The largest number that is one waits for all before it, and stays hidden.
    #expect(try await follower.client.replicate("last", at: 9_007_199_254_740_991).status == 200)
    #expect(try await follower.client.replicate("m1", at: 1).status == 200)
    #expect(try await follower.client.messages() == ["m1"])
  }

  /// "The first contact with a master sets them aside (logged)": the contract's words on entries of epoch 0.
  @Test func whatWasPutByHandIsSetAsideAtTheFirstContactWithAMaster() async throws {
    let cluster = try Cluster(delays: [0])
    let follower = cluster.followers[0]
    try await follower.start()
    for number in [1, 2, 3, 7] { _ = try await follower.client.replicate("by hand \(number)", at: number) }
    try await cluster.master.start()
    #expect(await cluster.becomesHealthy())
    #expect(try await cluster.master.client.add("a", w: 2).status == 200)
    #expect(try await follower.client.messages() == ["a"])
    for text in ["b", "c", "d", "e", "f", "g", "h"] { _ = try await cluster.master.client.add(text, w: 2) }
    #expect(try await follower.client.messages() == ["a", "b", "c", "d", "e", "f", "g", "h"])
    let line = follower.process.lines.first { $0.contains("put here by hand were set aside") }
    #expect(line?.contains("entries=4") == true, "\(follower.process.stderr)")
  }

  /// "A follower that has met a master answers 200 to a number it holds with that text, 409 to any other."
  @Test func aFollowerOfAMasterTakesOnlyWhatItHolds() async throws {
    let cluster = try await Cluster.start(delays: [0])
    _ = try await cluster.master.client.add("a", w: 2)
    let follower = cluster.followers[0].client
    #expect(try await follower.replicate("a", at: 1).status == 200)
    for (text, number) in [("other", 1), ("b", 2), ("c", 3)] {
      let answer = try await follower.replicate(text, at: number)
      #expect(answer.status == 409)
      #expect(answer.message.contains("follows a master"))
      #expect(answer.data?["last_offset"]?.int == 1)
    }
    #expect(try await cluster.master.client.add("d", w: 2).status == 200)
    #expect(try await follower.messages() == ["a", "d"])
  }

  /// Early messages have a limit; beyond it 503 says that nothing was kept, and what was kept still comes to light.
  @Test func earlyMessagesBeyondTheLimitAre503() async throws {
    let follower = try await loneFollower(["--gap-bytes", "100"])
    #expect(try await follower.client.replicate("m2", at: 2).status == 200)
    #expect(try await follower.client.replicate("m3", at: 3).status == 200)
    let answer = try await follower.client.replicate(String(repeating: "x", count: 50), at: 4)
    #expect(answer.status == 503)
    #expect(answer.message.hasPrefix("not written: "))
    #expect(answer.headers["Retry-After"] == "1")
    #expect(try await follower.client.replicate("m1", at: 1).status == 200)
    #expect(try await follower.client.messages() == ["m1", "m2", "m3"])
    #expect(try await follower.client.replicate("m4", at: 4).status == 200)
    #expect(try await follower.client.messages() == ["m1", "m2", "m3", "m4"])
  }

  /// Broken requests of a master that is none: refused, and the follower goes on.
  @Test func brokenDenseRequestsLeaveTheFollowerAlive() async throws {
    let follower = try await loneFollower()
    let seed = UInt64.random(in: 0...UInt64.max)
    var generator = SeededGenerator(seed: seed)
    let good = DenseForm.request(epoch: 7, texts: ["a", "b", "c"])
    for length in 0..<good.count {
      let answer = try await DenseForm.post(Array(good[..<length]), port: follower.port)
      #expect(answer.status == 400, "the first \(length) bytes")
    }
    #expect(try await follower.client.messages() == [])
    #expect(
      try await RawSocket.exchange(
        port: follower.port, "POST /replicate", ["Content-Type: application/vnd.replog.replicate.v1"], body: good
      ).status == 415)
    for _ in 0..<300 {
      var bad = good
      for _ in 0...Int.random(in: 0...2, using: &generator) {
        bad[Int.random(in: 0..<bad.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      let answer = try await DenseForm.post(bad, port: follower.port)
      #expect([200, 400, 409].contains(answer.status), "seed \(seed)")
    }
    #expect(follower.process.isRunning)
    #expect(try await follower.client.health()["role"]?.string == "follower")
  }
}
