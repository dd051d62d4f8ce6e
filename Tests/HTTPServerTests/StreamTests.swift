import HTTPServer
import Locking
import Testing

/// Something to see whether a closure was released.
private final class Token: Sendable {}

private struct Broken: Error {}

extension HTTPServerTests {
  @Suite struct Streams {
    @Test func headDoesNotReadAStreamAndReleasesIt() async throws {
      let pieces = Locked(0)
      let weakToken = Locked<@Sendable () -> Bool>({ true })
      let handler: Handler = { _ in
        let token = Token()
        weakToken.withLock { check in check = { [weak token] in token != nil } }
        return Response(
          status: 200,
          body: .stream {
            _ = token
            return pieces.withLock { pieces in
              pieces += 1
              return pieces > 3 ? nil : [1, 2, 3]
            }
          })
      }
      try await withServer(handler: handler) { server in
        let client = try RawClient(port: server.port)
        try client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
        let head = try client.receive(toHead: true)
        #expect(head.status == 200)
        #expect(try client.receiveToEnd().isEmpty, "no last chunk either")
        try await eventually("the stream is released") { !weakToken.withLock { $0 }() }
        #expect(pieces.withLock { $0 } == 0)
      }
    }

    @Test(arguments: ServingThread.allCases)
    func aStreamOfManyMegabytesIsSentInConstantMemory(on thread: ServingThread) async throws {
      let pieceBytes = 100_000
      let pieceCount = 500
      let handler: Handler = { _ in
        let sent = Locked(0)
        return Response(
          status: 200,
          body: .stream {
            let number = sent.withLock { sent in
              sent += 1
              return sent
            }
            // An empty piece is not the end.
            if number.isMultiple(of: 7) { return [] }
            return number > pieceCount ? nil : [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: pieceBytes)
          })
      }
      try await withServer(on: thread, handler: handler) { server in
        let client = try RawClient(port: server.port)
        let before = residentBytes()
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        try await eventually("it is under way") { server.counts.handling == 1 }
        // What the client does not read is not made.
        #expect(residentBytes() < before + (16 << 20))
        let body = try client.receive().body
        let expected = (1...pieceCount).filter { !$0.isMultiple(of: 7) }.map { UInt8(truncatingIfNeeded: $0) }
        #expect(body.count == expected.count * pieceBytes)
        #expect(stride(from: 0, to: body.count, by: pieceBytes).map { body[$0] } == expected)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.receive().status == 200, "the connection is kept")
      }
    }

    @Test(arguments: ServingThread.allCases)
    func aStreamThatThrowsIsSeenAsIncomplete(on thread: ServingThread) async throws {
      let handler: Handler = { _ in
        let sent = Locked(0)
        return Response(
          status: 200,
          body: .stream {
            let number = sent.withLock { sent in
              sent += 1
              return sent
            }
            if number == 3 { throw Broken() }
            return Array("piece".utf8)
          })
      }
      try await withServer(on: thread, handler: handler) { server in
        let client = try RawClient(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        let all = String(decoding: try client.receiveToEnd(), as: UTF8.self)
        #expect(all.contains("piece"))
        #expect(!all.hasSuffix("0\r\n\r\n"), "no last chunk")
        try await eventually("the connection is freed") { server.counts.connections == 0 }
      }
    }

    @Test func aStreamIsReleasedWhenItsClientLeaves() async throws {
      let weakToken = Locked<@Sendable () -> Bool>({ true })
      let handler: Handler = { _ in
        let token = Token()
        weakToken.withLock { check in check = { [weak token] in token != nil } }
        return Response(
          status: 200,
          body: .stream {
            _ = token
            return [UInt8](repeating: 1, count: 50_000)
          })
      }
      try await withServer(handler: handler) { server in
        let client = try RawClient(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        try await eventually("it is under way") { server.counts.handling == 1 }
        client.close()
        try await eventually("the connection is freed") { server.counts.connections == 0 }
        #expect(!weakToken.withLock { $0 }())
      }
    }

    @Test func anOldClientGetsAStreamUpToTheClose() async throws {
      let handler: Handler = { _ in
        let sent = Locked(0)
        return Response(
          status: 200,
          body: .stream {
            sent.withLock { sent in
              sent += 1
              return sent > 2 ? nil : Array("piece".utf8)
            }
          })
      }
      try await withServer(handler: handler) { server in
        let client = try RawClient(port: server.port)
        try client.send("GET / HTTP/1.0\r\n\r\n")
        #expect(try client.receive().text == "piecepiece")
      }
    }
  }
}
