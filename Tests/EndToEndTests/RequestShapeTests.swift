import HTTPClient
import Testing

/// Behaviour 9, its second half: requests of unusual shape over raw connections.
@Suite struct RequestShapeTests {
  private func loneMaster(_ options: [String] = []) async throws -> Cluster.Node {
    let master = try Cluster.Node(port: FreePort.take(), arguments: ["master"] + options)
    try await master.start()
    return master
  }

  /// "Several requests on one connection", one after the other and all at once.
  @Test func severalRequestsOnOneConnectionAreAnsweredInOrder() async throws {
    let master = try await loneMaster()
    let socket = try RawSocket(port: master.port)
    for number in 0..<50 {
      try await socket.send(RawSocket.add("m\(number)", w: 1))
      #expect(try await socket.answer().status == 200)
    }
    let pipelined = (50..<100).flatMap { RawSocket.add("m\($0)", w: 1) } + RawSocket.request("GET /messages")
    try await socket.send(pipelined)
    for _ in 50..<100 { #expect(try await socket.answer().status == 200) }
    let shown = try await socket.answer().json?["data"]?.array?.map { $0["text"]?.string }
    #expect(shown == (0..<100).map { "m\($0)" })
  }

  /// "Half a request and then silence": cut off after `--idle-timeout`, with nothing stored, at any place of the request.
  @Test func halfARequestAndThenSilenceIsCutOff() async throws {
    let master = try await loneMaster(["--idle-timeout", "1"])
    let whole = RawSocket.add("never whole", w: 1)
    let sockets = try [5, 30, whole.count - 10, whole.count - 1].map { count in
      (try RawSocket(port: master.port), Array(whole[..<count]))
    }
    for (socket, half) in sockets { try await socket.send(half) }
    #expect(try await master.client.add("whole", w: 1).status == 200)
    for (socket, _) in sockets {
      // libmicrohttpd looks at its clock once a second or so; what it says before closing is its own.
      _ = try await socket.end(within: .seconds(5))
    }
    #expect(try await master.client.messages() == ["whole"])
  }

  /// "`Expect: 100-continue`": told to go on, or refused before the body was sent.
  @Test func expect100ContinueIsAnswered() async throws {
    let master = try await loneMaster(["--body-limit", "1000", "--bodies-limit", "5000"])
    let body = Array(#"{"data":"a"}"#.utf8)
    let socket = try RawSocket(port: master.port)
    let request = RawSocket.request("POST /add", ["Expect: 100-continue"], body: body)
    try await socket.send(Array(request.dropLast(body.count)))
    #expect(try await socket.answer().status == 100)
    try await socket.send(body)
    #expect(try await socket.answer().status == 200)
    let large = try RawSocket(port: master.port)
    try await large.send("POST /add HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n")
    #expect(try await large.answer().status == 413)
    #expect(try await master.client.messages() == ["a"])
  }

  /// "1 MB texts", which replicate as any other.
  @Test func textsOfAMegabyteReplicate() async throws {
    let cluster = try await Cluster.start()
    let texts = ["a", "b", "c"].map { String(repeating: $0, count: 1_000_000) }
    try await withThrowingTaskGroup(of: Int.self) { group in
      for text in texts { group.addTask { try await cluster.master.client.add(text, w: 3).status } }
      for try await status in group { #expect(status == 200) }
    }
    for node in [cluster.master] + cluster.followers {
      // Compared outside the macro, which would print megabytes.
      let isSame = try await node.client.messages().sorted() == texts
      #expect(isSame)
    }
  }

  /// "100,000 messages in one `GET /messages`", whole and in order, also for a client that reads late, while others are
  /// answered.
  @Test(.turn) func aHundredThousandMessagesComeInOneAnswer() async throws {
    let cluster = try await Cluster.start()
    let port = cluster.master.port
    try await cluster.master.client.addPipelined(100_000, clients: 50)
    let slow = try RawSocket(port: port)
    try await slow.send(RawSocket.request("GET /messages"))
    let texts = try await cluster.master.client.messages()
    #expect(texts.count == 100_000)
    for client in 0..<50 {
      let own = texts.filter { $0.hasPrefix("client \(client) ") }
      let isInOrder = own == (0..<2000).map { "client \(client) number \($0)" }
      #expect(isInOrder)
    }
    for follower in cluster.followers {
      #expect(await eventually(within: .seconds(10)) { try await follower.client.lastOffset() == 100_000 })
      let isSame = try await follower.client.messages() == texts
      #expect(isSame)
    }
    let whole = try await slow.answer(within: .seconds(20))
    #expect(whole.field("transfer-encoding") == "chunked")
    let isSame = try Answer(status: 200, headers: [:], body: whole.body).texts == texts
    #expect(isSame)
  }

  /// "HEAD": the head of the GET, and no body.
  @Test func headAnswersWithoutABody() async throws {
    let master = try await loneMaster()
    _ = try await master.client.add("a", w: 1)
    let socket = try RawSocket(port: master.port)
    for path in ["/messages", "/health"] {
      try await socket.send(RawSocket.request("GET \(path)"))
      let get = try await socket.answer()
      try await socket.send(RawSocket.request("HEAD \(path)"))
      let head = try await socket.answer(toHead: true)
      #expect(head.status == 200)
      #expect(head.field("content-type") == "application/json")
      #expect(head.field("content-length") == get.field("content-length"))
    }
    try await socket.send(RawSocket.request("HEAD /add"))
    #expect(try await socket.answer(toHead: true).status == 405)
    // Had a body come, it would stand before this answer.
    try await socket.send(RawSocket.request("GET /messages"))
    #expect(try await socket.answer().text.hasPrefix(#"{"status_code":200"#))
  }

  /// "Empty body": with a length of 0, with none at all, and with no chunk.
  @Test func anEmptyBodyIs400() async throws {
    let master = try await loneMaster()
    let heads = ["Content-Length: 0\r\n\r\n", "\r\n", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"]
    for head in heads {
      let socket = try RawSocket(port: master.port)
      try await socket.send("POST /add HTTP/1.1\r\nHost: a\r\n\(head)")
      let answer = try await socket.answer()
      #expect(answer.status == 400)
      #expect(answer.json?["message"]?.string?.hasPrefix("the body is empty") == true)
    }
    #expect(try await master.client.messages() == [])
  }

  /// "Chunked body": in chunks of one byte, with extensions and trailers, cut anywhere in the network.
  @Test func aChunkedBodyIsTaken() async throws {
    let master = try await loneMaster()
    let socket = try RawSocket(port: master.port)
    try await socket.send("POST /add HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    for byte in #"{"data":"chunked","write_concern":1}"# { try await socket.send("1;x=y\r\n\(byte)\r\n") }
    try await socket.send("0\r\nTrailer: x\r\n\r\n")
    #expect(try await socket.answer().status == 200)
    #expect(try await master.client.messages() == ["chunked"])
  }

  /// "A client that disconnects mid-body", in order or with a reset, leaves nothing: its connection goes with the idle
  /// time-out at the latest, because libmicrohttpd 0.9.75 misses an end that comes together with data.
  @Test func aClientThatDisconnectsMidBodyStoresNothing() async throws {
    let master = try await loneMaster(["--idle-timeout", "1"])
    let descriptors = master.process.descriptorCount
    let whole = RawSocket.add(String(repeating: "x", count: 100_000), w: 1)
    for number in 0..<40 {
      let socket = try RawSocket(port: master.port)
      try await socket.send(Array(whole[..<(number * 2500 + 100)]))
      if number.isMultiple(of: 2) { socket.close() } else { socket.reset() }
    }
    #expect(try await master.client.add("a", w: 1).status == 200)
    #expect(await eventually(within: .seconds(5)) { master.process.descriptorCount <= descriptors + 1 })
    #expect(try await master.client.messages() == ["a"])
  }
}
