import HTTPClient
import Testing

@Suite struct FailureTests {
  @Test func aServerThatDoesNotAnswerTimesOutAndHoldsUpNobody() async throws {
    let answer: @Sendable (TestServer.Received) -> TestServer.Answer = { $0.target == "/hang" ? .hold : .reply() }
    try await withServer(answer) { server, client in
      let clock = ContinuousClock()
      let start = clock.now
      async let hung = failure(client, Request(method: .post, url: server.url("/hang"), timeout: .milliseconds(1500)))
      #expect(await eventually { server.seen.requests.count == 1 })
      for _ in 0..<100 { _ = try await client.send(Request(method: .post, url: server.url("/quick"))) }
      let error = try await hung
      #expect(error.kind == .timedOut)
      #expect(error.code == 28)
      #expect(clock.now - start >= .milliseconds(1500))
      // The hundred were answered while the one hung: its connection was the only one lost.
      #expect(server.seen.connectionsAccepted == 2)
    }
  }

  @Test func aClosedPortIsRefused() async throws {
    try await withServer({ _ in .reply() }) { _, client in
      let port = try Sockets.closedPort()
      let error = try await failure(client, Request(url: "http://127.0.0.1:\(port)/"))
      #expect(error.kind == .couldNotConnect)
      #expect(error.detail.contains("\(port)"))
    }
  }

  /// libcurl repeats it by itself on a new connection, which nobody takes: it was sent all the same.
  @Test func aRequestThatLeftOnAKeptConnectionIsLost_AndNotCalledUnsent() async throws {
    try await withServer({ $0.indexOnConnection == 1 ? .reply() : .hold }) { server, client in
      let request = Request(method: .post, url: server.url(), body: [1])
      _ = try await client.send(request)
      async let lost = failure(client, request)
      #expect(await eventually { server.seen.requests.count == 2 })
      server.die()
      #expect(try await lost.kind == .connectionLost)
      #expect(try await failure(client, request).kind == .couldNotConnect)
    }
  }

  @Test(arguments: [
    TestServer.Answer.rawThenReset("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"),
    .rawThenClose("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"),
    .rawThenReset("HTTP/1.1 200"), .rawThenReset(""), .rawThenClose(""),
  ])
  func aConnectionThatEndsBeforeTheAnswerIsLost(answer: TestServer.Answer) async throws {
    try await withServer({ _ in answer }) { server, client in
      let error = try await failure(client, Request(method: .post, url: server.url(), body: [1]))
      #expect(error.kind == .connectionLost)
      #expect(!error.detail.isEmpty)
    }
  }

  // The long one arrives in several pieces, none of them over the limit by itself.
  @Test(arguments: [64, 1_000_000])
  func anAnswerOverTheLimitIsRefusedAndOneAtTheLimitTaken(size: Int) async throws {
    let text = String(repeating: "x", count: size)
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    let chunked = "\(head)\(String(size, radix: 16))\r\n\(text)\r\n0\r\n\r\n"
    let answer: @Sendable (TestServer.Received) -> TestServer.Answer = {
      $0.target == "/chunked" ? .raw(chunked) : .reply(body: Array(text.utf8))
    }
    try await withServer(answer) { server, client in
      for path in ["/", "/chunked"] {
        let response = try await client.send(Request(url: server.url(path), responseBytesMax: size))
        #expect(response.body.count == size)
        let error = try await failure(client, Request(url: server.url(path), responseBytesMax: size - 1))
        #expect(error.kind == .responseTooLarge)
        #expect(error.detail == "more than \(size - 1) bytes")
      }
      let again = try await client.send(Request(url: server.url(), responseBytesMax: size))
      #expect(again.body.count == size, "what was received before is not kept")
    }
  }

  @Test func whatIsNotHTTPIsABadResponse() async throws {
    try await withServer({ _ in .rawThenClose("SSH-2.0-OpenSSH\r\n\r\n") }) { server, client in
      let error = try await failure(client, Request(url: server.url()))
      #expect(error.kind == .badResponse)
    }
  }

  @Test(arguments: ["https://127.0.0.1:1/", "file:///etc/passwd", "http://", "http://127.0.0.1:99999/", ""])
  func anythingButAnHTTPURLIsRefused(url: String) async throws {
    try await withServer({ _ in .reply() }) { _, client in
      let error = try await failure(client, Request(url: url))
      #expect(error.kind == .badURL)
    }
  }

  @Test(arguments: [
    Headers.Field(name: "X", value: "1\r\nX-Other: 2"), .init(name: "X\n", value: ""), .init(name: "", value: "1"),
    .init(name: "X: 1", value: "2"), .init(name: "X", value: "a\0b"),
  ])
  func aHeaderThatWouldStartAnotherIsRefused(field: Headers.Field) async throws {
    try await withServer({ _ in .reply() }) { server, client in
      let error = try await failure(client, Request(url: server.url(), headers: Headers([field])))
      #expect(error.kind == .other)
      #expect(server.seen.requests.isEmpty)
    }
  }

  @Test func anErrorIsOneLine() {
    let error = ClientError(.timedOut, code: 28, detail: "after 100 ms\r\nwith 0 bytes\n")
    #expect(error.description == "timed out (curl 28): after 100 ms with 0 bytes")
    #expect(ClientError(.stopped).description == "client stopped")
  }
}
