import Testing

/// Behaviour 9: "every wrong input of the contract's table", with its exact status, in the envelope, with nothing stored.
@Suite struct WrongInputTests {
  /// All rows, one connection for all of them: an error doesn't end it.
  @Test func everyWrongRequestIsRefusedInTheEnvelopeAndChangesNothing() async throws {
    let cluster = try await Cluster.start()
    let socket = try RawSocket(port: cluster.master.port)
    for wrong in WrongRequest.unreadable + WrongRequest.notAllowed + WrongRequest.noSuchRoute {
      try await socket.send(RawSocket.request(wrong.line, body: wrong.body))
      let answer = try await socket.answer()
      expect(answer, isRefused: wrong)
    }
    #expect(try await cluster.master.client.lastOffset() == 0)
    for node in [cluster.master] + cluster.followers { #expect(try await node.client.messages() == []) }
    // No sequence number was used up.
    #expect(try await cluster.master.client.add("first", w: 3).status == 200)
    #expect(try await cluster.master.client.lastOffset() == 1)
  }

  private func expect(_ answer: HTTPMessage, isRefused wrong: WrongRequest) {
    let name = Comment(rawValue: wrong.testDescription)
    #expect(answer.status == wrong.status, name)
    #expect(answer.field("content-type") == "application/json", name)
    #expect(answer.field("allow") == wrong.allow, name)
    guard case .object(let envelope) = answer.json else {
      Issue.record("not an object: \(answer.text) for \(wrong.testDescription)")
      return
    }
    #expect(Set(envelope.keys) == ["status_code", "message", "data"], name)
    #expect(envelope["status_code"]?.int == wrong.status, name)
    #expect(envelope["message"]?.string?.contains(wrong.allowed) == true, "\(name): \(answer.text)")
  }

  /// The number of nodes is in `data` too, "what a program needs".
  @Test func theHighestWriteConcernIsInData() async throws {
    let master = try Cluster.Node(port: FreePort.take(), arguments: ["master"])
    try await master.start()
    let answer = try await master.client.add("a", w: 2)
    #expect(answer.status == 422)
    #expect(answer.message.contains("from 1 to 1"))
    #expect(answer.data?["write_concern_max"]?.int == 1)
  }

  /// "`POST /add` on a follower | 421, naming the master", once it has met one.
  @Test func addOnAFollowerIs421NamingTheMaster() async throws {
    let cluster = try Cluster(delays: [0], masterOptions: ["--advertise", "http://the-master.example:6061"])
    let follower = cluster.followers[0]
    try await follower.start()
    let before = try await follower.client.add("a", w: 1)
    #expect(before.status == 503 && before.json?["status_code"]?.int == 503)
    #expect(before.message.contains("has not met its master yet"))
    #expect(before.data?["master"]?.isNull == true)
    try await cluster.master.start()
    #expect(await cluster.becomesHealthy())
    let after = try await follower.client.add("a", w: 1)
    #expect(after.status == 421)
    #expect(after.message.contains("http://the-master.example:6061"))
    #expect(after.data?["master"]?.string == "http://the-master.example:6061")
    #expect(try await follower.client.messages() == [])
  }

  /// "Read-only: too few healthy nodes for the configured quorum | 503, the message names the quorum."
  @Test func addWithoutTheQuorumIs503NamingIt() async throws {
    let cluster = try Cluster(masterOptions: ["--quorum", "2"])
    try await cluster.master.start()
    let answer = try await cluster.master.client.add("a", w: 1)
    #expect(answer.status == 503)
    #expect(answer.message.hasPrefix("not written: ") && answer.message.contains("quorum is 2 of 3 nodes"))
    #expect(try await cluster.master.client.lastOffset() == 0)
    #expect(try await cluster.master.client.messages() == [])
    try await cluster.followers[1].start()
    #expect(await eventually(within: .seconds(3)) { try await cluster.master.client.add("b", w: 2).status == 200 })
    #expect(try await cluster.master.client.messages() == ["b"])
  }

  /// The README's limits of a request's head, of both roles.
  @Test func aHeadAboveTheLimitIs431AndChangesNothing() async throws {
    let cluster = try await Cluster.start()
    func answer(of port: Int, _ line: String, body: String = "", headBytes: Int) async throws -> HTTPMessage {
      let long = "X-Long: " + String(repeating: "x", count: headBytes)
      return try await RawSocket.exchange(port: port, line, [long], body: Array(body.utf8))
    }
    let master = cluster.master.port
    let above = try await answer(of: master, "POST /add", body: #"{"data":"a"}"#, headBytes: 15 << 10)
    #expect(above.status == 431)
    #expect(above.field("log-outcome") == "not_written")
    #expect(above.json?["data"]?["limit_bytes"]?.int == 15 << 10)
    #expect(try await cluster.master.client.lastOffset() == 0)
    let below = try await answer(of: master, "POST /add", body: #"{"data":"a"}"#, headBytes: 14 << 10)
    #expect(below.status == 200)
    let follower = cluster.followers[0].port
    let aboveThere = try await answer(of: follower, "GET /messages", headBytes: 35 << 10)
    #expect(aboveThere.status == 431)
    #expect(aboveThere.json?["data"]?["limit_bytes"]?.int == 35 << 10)
    #expect(try await answer(of: follower, "GET /messages", headBytes: 34 << 10).status == 200)
  }

  /// "Body above the limit, 16 MiB by default | 413": the limit is exact, however the length is told, and a body at the
  /// limit also reaches the followers.
  @Test(.turn) func aBodyAtTheLimitIsTakenAndOneByteMoreIs413() async throws {
    let cluster = try await Cluster.start()
    let limit = 16 << 20
    func body(_ size: Int) -> [UInt8] {
      let end = Array(#"","write_concern":3}"#.utf8)
      return Array(#"{"data":""#.utf8) + Array(repeating: 0x61, count: size - 9 - end.count) + end
    }
    for isChunked in [false, true] {
      let above = try await send(body(limit + 1), isChunked: isChunked, to: cluster.master.port)
      #expect(above.status == 413)
      #expect(above.json?["status_code"]?.int == 413)
      #expect(above.json?["message"]?.string?.contains("at most \(limit) bytes") == true)
      #expect(above.json?["data"]?["limit_bytes"]?.int == limit)
    }
    #expect(try await cluster.master.client.lastOffset() == 0)
    for isChunked in [false, true] {
      #expect(try await send(body(limit), isChunked: isChunked, to: cluster.master.port).status == 200)
    }
    for node in [cluster.master] + cluster.followers {
      let messages = try await node.client.messages()
      #expect(messages.map { $0.utf8.count } == [limit - 29, limit - 29])
    }
  }

  private func send(_ body: [UInt8], isChunked: Bool, to port: Int) async throws -> HTTPMessage {
    let socket = try RawSocket(port: port)
    // A refusal may come, and the connection be closed, before all of the body has left.
    if isChunked {
      let chunks = Array("\(String(body.count, radix: 16))\r\n".utf8) + body + Array("\r\n0\r\n\r\n".utf8)
      try? await socket.send("POST /add HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
      try? await socket.send(chunks)
    } else {
      let announced = body.count > 16 << 20
      try? await socket.send(Array(RawSocket.request("POST /add", body: body).prefix(announced ? 1000 : .max)))
    }
    return try await socket.answer(within: .seconds(20))
  }
}
