import HTTPServer
import Testing

extension HTTPServerTests {
  @Suite struct Limits {
    private static let small = {
      var limits = ServerLimits()
      limits.bodyBytesMax = 1000
      limits.bodiesBytesTotalMax = 1500
      return limits
    }()

    @Test func aBodyAnnouncedTooLongIsRefusedAtOnce() async throws {
      try await withServer(limits: Self.small, handler: echo) { server in
        let client = try RawClient(port: server.port)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n")
        let response = try client.receive()
        #expect(response.status == 413)
        #expect(response.text == "\(Refusal.bodyTooLarge(limitBytes: 1000))")
        #expect(try client.isClosed())
      }
    }

    @Test func aBodyOfExactlyTheLimitIsTaken() async throws {
      try await withServer(limits: Self.small, handler: echo) { server in
        let client = try RawClient(port: server.port)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
        try client.send([UInt8](repeating: 0x61, count: 1000))
        #expect(try client.receive().text == "POST / 1000")
      }
    }

    @Test func chunksThatAreTooLongTogetherAreRefusedAtTheirEnd() async throws {
      try await withServer(limits: Self.small, handler: echo) { server in
        let client = try RawClient(port: server.port)
        let chunk = "1f4\r\n" + String(repeating: "a", count: 500) + "\r\n"
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in 1...3 { try client.send(chunk) }
        try await eventually("what was kept is dropped") { server.counts.bodyBytes == 0 }
        try client.send("0\r\n\r\n")
        #expect(try client.receive().status == 413)
        try client.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.receive().text == "GET /next 0", "the connection is kept")
      }
    }

    @Test func aSenderThatGoesOnPastTheLimitIsCutOff() async throws {
      try await withServer(limits: Self.small, handler: echo) { server in
        let client = try RawClient(port: server.port)
        let chunk = "3e8\r\n" + String(repeating: "a", count: 1000) + "\r\n"
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        #expect(throws: RawClient.Failure.self) {
          for _ in 1...100_000 { try client.send(chunk) }
        }
        try await eventually("nothing is left") { server.counts.connections == 0 && server.counts.bodyBytes == 0 }
      }
    }

    @Test func bodiesThatAreTooLongTogetherAreRefused() async throws {
      try await withServer(limits: Self.small, handler: echo) { server in
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"
        let first = try RawClient(port: server.port)
        try first.send(head)
        try first.send([UInt8](repeating: 0x61, count: 900))
        try await eventually("the first one's bytes are counted") { server.counts.bodyBytes == 900 }
        let second = try RawClient(port: server.port)
        try second.send(head)
        try second.send([UInt8](repeating: 0x61, count: 1000))
        let response = try second.receive()
        #expect(response.status == 507)
        #expect(response.text == "\(Refusal.bodiesTooLargeTogether(limitBytes: 1500))")
        try first.send([UInt8](repeating: 0x61, count: 100))
        #expect(try first.receive().text == "POST / 1000", "who came first is not hurt")
        try second.send(head)
        try second.send([UInt8](repeating: 0x61, count: 1000))
        #expect(try second.receive().text == "POST / 1000", "there is room again, and the connection was kept")
        #expect(server.counts.bodyBytes == 0)
      }
    }

    @Test func bodiesOfWaitingHandlersDoNotCount() async throws {
      let gate = Gate()
      let handler: Handler = { request in
        _ = await gate.pass()
        return .text("\(request.body.count)")
      }
      try await withServer(limits: Self.small, handler: handler) { server in
        let clients = try (1...3).map { _ in try RawClient(port: server.port) }
        for client in clients {
          try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
          try client.send([UInt8](repeating: 0x61, count: 1000))
        }
        try await eventually("all three wait") { server.counts.waiting == 3 }
        #expect(server.counts.bodyBytes == 0)
        gate.open()
        for client in clients { #expect(try client.receive().text == "1000") }
      }
    }

    @Test(arguments: ServingThread.allCases)
    func connectionsPastTheLimitWaitForAFreeOne(on thread: ServingThread) async throws {
      var limits = ServerLimits()
      limits.connectionsMax = 2
      try await withServer(on: thread, limits: limits, handler: echo) { server in
        let clients = try (1...3).map { _ in try RawClient(port: server.port) }
        for client in clients { try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
        for client in clients.prefix(2) { #expect(try client.receive().status == 200) }
        #expect(server.counts.connections == 2)
        clients[0].close()
        #expect(try clients[2].receive().status == 200)
      }
    }

    /// A chunk's first line may carry extensions. The library keeps a line until its end has come.
    @Test func aChunksLineThatIsTooLongCostsItsOwnConnectionOnly() async throws {
      var limits = ServerLimits()
      limits.idleTimeoutSeconds = 2
      try await withServer(limits: limits, handler: echo) { server in
        let client = try RawClient(port: server.port)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        try? client.send("5;\(String(repeating: "x", count: 100_000))")
        let next = try RawClient(port: server.port)
        let before = processSeconds()
        for _ in 1...10 {
          try next.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
          #expect(try next.receive().status == 200)
          try await Task.sleep(for: .milliseconds(100))
        }
        #expect(processSeconds() - before < 0.3, "the server's thread rests meanwhile")
        // What the library does with it is its own: it answers and closes, or closes when no byte has moved for the idle time.
        let refused = try? client.receive()
        #expect((refused?.status ?? 400) >= 400)
        next.close()
        try await eventually("it is closed") { server.counts.connections == 0 && server.counts.bodyBytes == 0 }
      }
    }

    /// What is sent to others wants turn after turn, of which only some may rest for the line.
    @Test func aChunksLineThatIsTooLongHoldsNobodyUp() async throws {
      let bytes = [UInt8](repeating: 1, count: 60_000_000)
      try await withServer(handler: { _ in Response(status: 200, body: .bytes(bytes)) }) { server in
        let client = try RawClient(port: server.port)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        try? client.send("5;\(String(repeating: "x", count: 100_000))")
        let next = try RawClient(port: server.port)
        let begin = ContinuousClock.now
        try next.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try next.receive().body.count == bytes.count)
        // 128 KiB a turn: a rest in each of them would be 2.3 s.
        #expect(ContinuousClock.now - begin < .seconds(2))
      }
    }

    @Test func aHeadThatIsTooLongIsAnsweredAndTheServerGoesOn() async throws {
      try await withServer(handler: echo) { server in
        let client = try RawClient(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 31_000))\r\n")
        try? client.send("Y: \(String(repeating: "y", count: 31_000))\r\n\r\n")
        #expect(try client.receive().status == 431)
        let next = try RawClient(port: server.port)
        try next.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try next.receive().status == 200)
      }
    }
  }
}
