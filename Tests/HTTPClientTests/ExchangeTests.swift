import HTTPClient
import Testing

@Suite struct ExchangeTests {
  private static let echo: @Sendable (TestServer.Received) -> TestServer.Answer = { .reply(body: $0.body) }

  @Test(arguments: [0, 1, 40, 70_000, 3 << 20])
  func aPostsBodyArrivesAndItsAnswerComesBack(size: Int) async throws {
    try await withServer(Self.echo) { server, client in
      let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      let request = Request(method: .post, url: server.url("/replicate"), body: body, responseBytesMax: size)
      let response = try await client.send(request)
      #expect(response.status == 200)
      #expect(response.body == body)
      let seen = server.seen.requests
      #expect(seen.map(\.method) == ["POST"])
      #expect(seen.map(\.target) == ["/replicate"])
      #expect(seen.first?.headers["content-length"] == "\(size)")
    }
  }

  @Test(arguments: [(0, 0), (0, 1), (1, 0), (100, 40), (100, 70_000), (100, 3 << 20), (600_000, 600_000)])
  func aBodyGoesOnWithBytesThatLieElsewhere(size: Int, restSize: Int) async throws {
    try await withServer(Self.echo) { server, client in
      let all = (0..<size + restSize).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      var request = Request(method: .post, url: server.url(), body: Array(all[..<size]), responseBytesMax: all.count)
      request.bodyRest = Elsewhere(bytes: Array(all[size...]))
      // The second time on the same handle and connection; then a body without such bytes on it, and one with them again.
      for _ in 1...2 {
        let response = try await client.send(request)
        #expect(response.body == all)
      }
      request.bodyRest = nil
      let response = try await client.send(request)
      #expect(response.body == Array(all[..<size]))
      request.bodyRest = Elsewhere(bytes: [7])
      request.responseBytesMax = size + 1
      let last = try await client.send(request)
      #expect(last.body == Array(all[..<size]) + [7])
      let sizes = [all.count, all.count, size, size + 1]
      #expect(server.seen.requests.map { $0.headers["content-length"] } == sizes.map { "\($0)" })
      #expect(server.seen.requests.allSatisfy { $0.headers["expect"] == nil && $0.headers["transfer-encoding"] == nil })
      #expect(server.seen.connectionsAccepted == 1)
    }
  }

  @Test func headersAreSentAsGivenAndNoneIsMadeUp() async throws {
    try await withServer({ _ in .reply() }) { server, client in
      let headers: Headers = ["Content-Type": "application/x-dense", "X-Empty": "", "X-Epoch": "7"]
      _ = try await client.send(Request(method: .post, url: server.url(), headers: headers, body: [1]))
      _ = try await client.send(Request(method: .post, url: server.url(), body: .init(repeating: 1, count: 2 << 20)))
      let seen = server.seen.requests.map(\.headers)
      #expect(seen[0]["content-type"] == "application/x-dense")
      #expect(seen[0]["x-empty"] == "")
      #expect(seen[0]["x-epoch"] == "7")
      // The second one has other headers, on the same handle and connection.
      #expect(seen[1]["content-type"] == nil)
      #expect(seen[1]["x-epoch"] == nil)
      #expect(seen.allSatisfy { $0["expect"] == nil })
    }
  }

  @Test func aGetAfterAPostHasNoBody() async throws {
    try await withServer(Self.echo) { server, client in
      _ = try await client.send(Request(method: .post, url: server.url(), body: [1, 2, 3]))
      let response = try await client.send(Request(url: server.url("/health")))
      #expect(response.body == [])
      let last = server.seen.requests.last
      #expect(last?.method == "GET")
      #expect(last?.headers["content-length"] == nil)
      _ = try await client.send(Request(method: .post, url: server.url(), body: [4]))
      #expect(server.seen.requests.last?.body == [4])
      #expect(server.seen.connectionsAccepted == 1)
    }
  }

  @Test(arguments: [204, 301, 404, 500, 503])
  func everyStatusIsAnAnswer(status: Int) async throws {
    try await withServer({ _ in .reply(status: status, headers: ["Location: /elsewhere"]) }) { server, client in
      let response = try await client.send(Request(url: server.url()))
      #expect(response.status == status)
      #expect(server.seen.requests.count == 1, "a redirect is not followed")
    }
  }

  @Test func headersAskedForAreReported() async throws {
    let headers = ["Content-Type: application/json; charset=utf-8", "X-Other: 1"]
    try await withServer({ _ in .reply(headers: headers) }) { server, client in
      let request = Request(url: server.url(), responseHeaderNames: ["content-type", "X-Missing"])
      let response = try await client.send(request)
      #expect(response.headers == ["content-type": "application/json; charset=utf-8"])
      #expect(response.headers["Content-Type"] == "application/json; charset=utf-8")
      let unasked = try await client.send(Request(url: server.url()))
      #expect(unasked.headers == [:])
    }
  }

  @Test func aThousandAtATimeAllGetTheirOwnAnswer() async throws {
    try await withServer(Self.echo, connectionsMax: 32) { server, client in
      let wrong = await withTaskGroup(of: Bool.self) { group in
        for index in 0..<1000 {
          let body = Array("message \(index)".utf8)
          var request = Request(method: .post, url: server.url(), body: body)
          // Enough for a slow machine: what is asked here is not how fast it is.
          request.timeout = .seconds(60)
          request.connectTimeout = .seconds(60)
          group.addTask { (try? await client.send(request))?.body != body }
        }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(wrong == 0)
      #expect(server.seen.requests.count == 1000)
      let left = await eventually { server.seen.connectionsAccepted - server.seen.connectionsLeft <= 32 }
      #expect(left, "more connections are kept than were asked for")
    }
  }
}
