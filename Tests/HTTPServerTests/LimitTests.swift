import HTTPServer
import Synchronization
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

    /// What a head is made long with, in pieces of some bytes.
    enum Filling: CaseIterable {
      case field, fields, cookie, cookies, query

      func head(bytes: Int) -> String {
        let count = bytes / 8
        switch self {
        case .field: return "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: bytes))\r\n\r\n"
        case .fields: return "GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "abc: x\r\n", count: count))\r\n"
        case .cookie: return "GET / HTTP/1.1\r\nHost: a\r\nCookie: a=\(String(repeating: "x", count: bytes))\r\n\r\n"
        case .cookies:
          return "GET / HTTP/1.1\r\nHost: a\r\nCookie: \(String(repeating: "abcd=x; ", count: count))a=x\r\n\r\n"
        case .query: return "GET /?\(String(repeating: "abcde=x&", count: count))a HTTP/1.1\r\nHost: a\r\n\r\n"
        }
      }
    }

    @Test(arguments: Filling.allCases)
    func aHeadThatLeavesNoRoomForTheAnswerIsRefused(_ filling: Filling) async throws {
      var limits = ServerLimits()
      limits.connectionMemoryBytes = 8 << 10
      let long = Header(name: "Long", value: String(repeating: "y", count: 700))
      let handled = Atomic<Int>(0)
      let handler: Handler = { _ in
        handled.add(1, ordering: .relaxed)
        return Response(status: 200, headers: [long], body: .bytes([]))
      }
      try await withServer(limits: limits, handler: handler) { server in
        var answered = 0
        var refused = 0
        // Not on to where the library has no room left to say anything.
        for bytes in stride(from: 0, through: limits.connectionMemoryBytes, by: 16) where refused < 4 {
          let client = try RawClient(port: server.port)
          try client.send(filling.head(bytes: bytes))
          let status = try client.receive().status
          if status == 431 { refused += 1 } else if status == 200 && refused == 0 { answered += 1 }
        }
        #expect(answered > 0 && refused == 4 && handled.load(ordering: .relaxed) == answered)
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
