import Glibc
import HTTPClient
import Testing

/// The exact bytes of every answer in the contract and in the document the project started from, and its complete example.
@Suite struct ContractTests {
  /// `POST /add` and `GET /messages` on every node, as the two documents show them.
  @Test func addAndMessagesAnswerTheDocumentedBytes() async throws {
    let cluster = try await Cluster.start()
    for node in [cluster.master] + cluster.followers {
      let empty = try await HTTP.get("\(node.url)/messages")
      #expect(empty.text == #"{"status_code":200,"message":"Messages fetched successfully","data":[]}"#)
      #expect(empty.headers["Content-Type"] == "application/json")
    }
    let added = try await HTTP.post("\(cluster.master.url)/add", #"{"data":"msg1","write_concern":1}"#)
    #expect(added.text == #"{"status_code":200,"message":"Message added successfully","data":null}"#)
    #expect(added.headers["Content-Type"] == "application/json")
    let spaced = "{\n  \"data\": \"message content\",\n  \"write_concern\": 3\n}"
    #expect(try await HTTP.post("\(cluster.master.url)/add", spaced).text == added.text)
    for node in [cluster.master] + cluster.followers {
      #expect(
        try await HTTP.get("\(node.url)/messages").text
          == #"{"status_code":200,"message":"Messages fetched successfully","data":[{"text":"msg1"},"#
          + #"{"text":"message content"}]}"#)
    }
  }

  /// `POST /replicate` by hand.
  @Test func replicateByHandAnswersTheDocumentedBytes() async throws {
    let follower = try Cluster.Node(port: FreePort.take(), arguments: ["follower"])
    try await follower.start()
    let answer = try await HTTP.post("\(follower.url)/replicate", #"{"data":{"text":"msg1","sequence_id":1}}"#)
    #expect(answer.text == #"{"status_code":200,"message":"Message replicated successfully","data":null}"#)
    #expect(
      try await HTTP.get("\(follower.url)/messages").text
        == #"{"status_code":200,"message":"Messages fetched successfully","data":[{"text":"msg1"}]}"#)
  }

  /// `GET /health`: the documented members with their types; "more members may be added, none is renamed".
  @Test func healthHasTheDocumentedMembers() async throws {
    let cluster = try await Cluster.start(delays: [0, 0.1])
    #expect(try await cluster.master.client.add("a", w: 3).status == 200)
    #expect(
      await eventually(within: .seconds(5)) {
        let follower = try await cluster.followers[0].client.health()
        return follower["commit_offset"]?.int == 1
      })
    let answer = try await HTTP.get("\(cluster.master.url)/health")
    #expect(answer.text.hasPrefix(#"{"status_code":200,"message":"Health fetched successfully","data":{"role":"#))
    let master = try #require(answer.data)
    #expect(master["node_id"]?.string?.count == 32)
    #expect(master["epoch"]?.int == 1)
    #expect(master["last_offset"]?.int == 1)
    #expect(master["commit_offset"]?.int == 1)
    #expect(master["read_only"]?.isNull == true)
    let followers = try #require(master["followers"]?.array)
    #expect(followers.map { $0["url"]?.string } == cluster.followers.map(\.url))
    for follower in followers {
      #expect(follower["state"]?.string == "Healthy")
      #expect(follower["match_offset"]?.int == 1)
      #expect(follower["lag"]?.int == 0)
      #expect((0...1000).contains(follower["last_contact_ms"]?.int ?? -1))
    }
    for node in cluster.followers {
      let health = try await node.client.health()
      #expect(health["role"]?.string == "follower")
      #expect(health["node_id"]?.string?.count == 32)
      #expect(health["epoch"] == master["epoch"])
      #expect(health["last_offset"]?.int == 1)
      #expect(health["read_only"]?.isNull == true)
    }
    // A follower that was never heard has no last contact.
    let lone = try Cluster.Node(
      port: FreePort.take(), arguments: ["master", "--follower", "http://127.0.0.1:\(try FreePort.take())"])
    try await lone.start()
    let unheard = try await lone.client.health()["followers"]?[0]
    #expect(unheard?["state"]?.string == "Unhealthy")
    #expect(unheard?["last_contact_ms"]?.isNull == true)
  }

  /// "The complete example of `seed-readme.md` working as written", with the ports of this test: followers at 5.0 s and
  /// 2.0 s, the messages one after the other, then all three nodes.
  @Test func theCompleteExampleWorksAsWritten() async throws {
    let cluster = try await Cluster.start(delays: [5, 2])
    let master = "http://localhost:\(cluster.master.port)"
    for number in 1...3 {
      let (duration, answer) = try await time {
        try await Curl.run([
          "-X", "POST", "-H", "Content-Type: application/json", "\(master)/add", "-d",
          #"{"data": "msg\#(number)", "write_concern": 1}"#,
        ])
      }
      #expect(answer == #"{"status_code":200,"message":"Message added successfully","data":null}"#)
      #expect(duration < .seconds(1))
    }
    let whole =
      #"{"status_code":200,"message":"Messages fetched successfully","data":"#
      + #"[{"text":"msg1"},{"text":"msg2"},{"text":"msg3"}]}"#
    #expect(try await Curl.run(["\(master)/messages"]) == whole)
    for follower in cluster.followers.reversed() {
      let isThere = await eventually(within: .seconds(6), every: .milliseconds(100)) {
        try await Curl.run(["http://localhost:\(follower.port)/messages"]) == whole
      }
      #expect(isThere)
    }
  }

  /// The contract: "plain `curl -d` sends a form type".
  @Test func plainCurlWithAFormTypeWorks() async throws {
    let master = try Cluster.Node(port: FreePort.take(), arguments: ["master"])
    try await master.start()
    let answer = try await Curl.run(["\(master.url)/add", "-d", #"{"data":"msg1"}"#])
    #expect(answer == #"{"status_code":200,"message":"Message added successfully","data":null}"#)
  }

  /// "The node stops while a request waits for its write concern | 504: stored at this offset, not confirmed."
  @Test func aRequestThatWaitsWhenTheNodeStopsIs504() async throws {
    let master = try Cluster.Node(
      port: FreePort.take(), arguments: ["master", "--follower", "http://127.0.0.1:\(try FreePort.take())"])
    try await master.start()
    _ = try await master.client.add("a", w: 1)
    let waiting = try await RawSocket.waiting(port: master.port, "b", w: 2)
    #expect(await eventually(within: .seconds(5)) { try await master.client.waitingCount() == 1 })
    master.process.send(SIGTERM)
    let answer = try await waiting.answer()
    #expect(answer.status == 504)
    #expect(answer.json?["status_code"]?.int == 504)
    #expect(answer.json?["message"]?.string == "stored at offset 2, not confirmed by 2 nodes: the node stops")
    #expect(answer.json?["data"]?["offset"]?.int == 2)
    #expect(try await master.process.waitForExit(within: .seconds(5)) == .status(0))
  }
}
