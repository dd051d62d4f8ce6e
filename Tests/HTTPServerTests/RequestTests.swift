import HTTPServer
import Locking
import Testing

extension HTTPServerTests {
  @Suite struct Requests {
    @Test func severalRequestsAreAnsweredOnOneConnection() async throws {
      try await withServer(handler: echo) { server in
        let client = try RawClient(port: server.port)
        for number in 1...3 {
          try client.send("GET /r\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
          #expect(try client.receive().text == "GET /r\(number) 0")
        }
        #expect(server.counts.connections == 1)
      }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
      try await withServer(handler: echo) { server in
        let client = try RawClient(port: server.port)
        try client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.receive().text == "POST /a 3")
        #expect(try client.receive().text == "GET /b 0")
      }
    }

    @Test func aConnectionOutlivesErrorsAnsweredToPostsWithABody() async throws {
      try await withServer(handler: { _ in Response(status: 404) }) { server in
        let client = try RawClient(port: server.port)
        for _ in 1...3 {
          try client.send("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
          #expect(try client.receive().status == 404)
        }
        #expect(server.counts.connections == 1)
      }
    }

    @Test func theRequestArrivesAsItWasSent() async throws {
      let seen = Locked<Request?>(nil)
      let handler: Handler = { request in
        seen.withLock { $0 = request }
        return .text("")
      }
      try await withServer(headersCopied: ["X-One", "content-type"], handler: handler) { server in
        let client = try RawClient(port: server.port)
        try client.send("PUT /a%20b/%C3%A4 HTTP/1.1\r\nHost: a\r\nx-ONE: 1\r\nX-One: 2\r\nX-Two: 3\r\n")
        try client.send("Content-Type: text/x\r\nContent-Length: 3\r\n\r\n\0\u{1}z")
        _ = try client.receive()
      }
      let received = seen.withLock { $0 }
      let request = try #require(received)
      #expect(request.method == "PUT")
      #expect(request.path == "/a b/ä")
      #expect(request.query.isEmpty)
      #expect(request.body == [0, 1, 0x7a])
      #expect(request.header("x-one") == "1")
      #expect(request.headers("X-one") == ["1", "2"])
      #expect(request.headers("X-Two") == [])
      #expect(request.header("Content-Type") == "text/x")
      #expect(request.header("X-Two") == nil, "not among the names to copy")
    }

    @Test func theQueryIsDecoded() async throws {
      let seen = Locked<[QueryItem]>([])
      let handler: Handler = { request in
        seen.withLock { $0 = request.query }
        return .text(request.path)
      }
      try await withServer(handler: handler) { server in
        let client = try RawClient(port: server.port)
        try client.send("GET /q?a=1&b=x%26y%3D+z&a=&flag&%C3%BC=%00 HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.receive().text == "/q")
      }
      let expected = [
        QueryItem(name: "a", value: "1"), QueryItem(name: "b", value: "x&y= z"), QueryItem(name: "a", value: ""),
        QueryItem(name: "flag", value: nil), QueryItem(name: "ü", value: "\0"),
      ]
      #expect(seen.withLock { $0 } == expected)
    }

    @Test func aPathEndsAtAZeroByte() async throws {
      try await withServer(handler: echo) { server in
        let client = try RawClient(port: server.port)
        try client.send("GET /a%00b HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.receive().text == "GET /a 0")
      }
    }

    @Test func expectContinueIsAnsweredBeforeTheBody() async throws {
      try await withServer(handler: echo) { server in
        let client = try RawClient(port: server.port)
        try client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        #expect(try client.receive().status == 100)
        try client.send("abc")
        #expect(try client.receive().text == "POST /a 3")
      }
    }

    @Test func chunkedBodiesAreJoined() async throws {
      let handler: Handler = { request in Response(status: 200, body: .bytes(request.body)) }
      try await withServer(handler: handler) { server in
        let client = try RawClient(port: server.port)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        try client.send("1\r\n,\r\n6;x=y\r\n world\r\n0\r\nTrailer: 1\r\n\r\n")
        #expect(try client.receive().text == "hello, world")
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        #expect(try client.receive().text == "")
      }
    }

    @Test(arguments: [0, 1, 1 << 20]) func bodiesOfAnySizeComeBack(byteCount: Int) async throws {
      let handler: Handler = { request in Response(status: 200, body: .bytes(request.body)) }
      try await withServer(handler: handler) { server in
        let body = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let client = try RawClient(port: server.port)
        for _ in 1...2 {
          try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(byteCount)\r\n\r\n")
          try client.send(body)
          let response = try client.receive()
          #expect(response.body == body)
          #expect(response.field("content-length") == "\(byteCount)")
        }
      }
    }

    @Test func halfARequestAndSilenceIsClosedAfterTheIdleTime() async throws {
      var limits = ServerLimits()
      limits.idleTimeoutSeconds = 1
      try await withServer(limits: limits, handler: echo) { server in
        let inHead = try RawClient(port: server.port)
        try inHead.send("POST /a HTTP/1.1\r\nHo")
        let inBody = try RawClient(port: server.port)
        try inBody.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
        try await eventually("the body's bytes are counted") { server.counts.bodyBytes == 3 }
        #expect(try inHead.isClosed())
        #expect(try inBody.isClosed())
        try await eventually("both are freed") { server.counts.connections == 0 && server.counts.bodyBytes == 0 }
      }
    }

    @Test func aClientThatLeavesInItsBodyFreesTheExchange() async throws {
      try await withServer(handler: echo) { server in
        let client = try RawClient(port: server.port)
        try client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
        try await eventually("the body's bytes are counted") { server.counts.bodyBytes == 3 }
        client.close()
        try await eventually("nothing is left") {
          server.counts == ServerCounts(connections: 0, handling: 0, waiting: 0, bodyBytes: 0)
        }
      }
    }
  }
}
