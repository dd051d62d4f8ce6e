import HTTPServer
import Locking
import Testing

extension HTTPServerTests {
  /// A head that two readers understand differently lets a client slip a request past a proxy. What must never
  /// happen: the path `/smuggled`, which stands in the first request's body, reaches the handler.
  @Suite struct Smuggling {
    private static let smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let chunks = "0\r\n\r\n" + smuggled

    /// Heads without the empty line, and what follows it.
    static let attempts: [(name: String, head: String, rest: String)] = [
      ("two lengths, the first shorter", "Content-Length: 0\r\nContent-Length: \(smuggled.utf8.count)\r\n", smuggled),
      ("two lengths, the second shorter", "Content-Length: \(smuggled.utf8.count)\r\nContent-Length: 0\r\n", smuggled),
      ("a list of lengths", "Content-Length: 0, \(smuggled.utf8.count)\r\n", smuggled),
      ("a length with a sign", "Content-Length: +0\r\n", smuggled),
      ("a negative length", "Content-Length: -1\r\n", smuggled),
      ("a length in hexadecimal", "Content-Length: 0x0\r\n", smuggled),
      ("a length past 64 bits", "Content-Length: 18446744073709551616\r\n", smuggled),
      ("an empty length", "Content-Length: \r\n", smuggled),
      ("chunks beside a length", "Content-Length: \(chunks.utf8.count)\r\nTransfer-Encoding: chunked\r\n", chunks),
      ("a length after chunks", "Transfer-Encoding: chunked\r\nContent-Length: \(chunks.utf8.count)\r\n", chunks),
      ("an unknown encoding", "Transfer-Encoding: xchunked\r\n", chunks),
      ("an encoding list", "Transfer-Encoding: chunked, identity\r\n", chunks),
      ("two encodings", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", chunks),
      ("a space before the colon", "Content-Length : \(smuggled.utf8.count)\r\n", smuggled),
      ("a tab before the colon", "Content-Length\t: \(smuggled.utf8.count)\r\n", smuggled),
      ("a zero byte in a name", "Content-Length\0: \(smuggled.utf8.count)\r\n", smuggled),
      ("a zero byte before the length", "X: a\0\r\nContent-Length: \(smuggled.utf8.count)\r\n", smuggled),
      ("a field that begins with a space", " X: a\r\nContent-Length: \(smuggled.utf8.count)\r\n", smuggled),
      ("a length in a first line that is folded", " Content-Length: \(smuggled.utf8.count)\r\n", smuggled),
      (
        "a folded field",
        "X: a\r\n Content-Length: 0\r\nContent-Length: \(smuggled.utf8.count)\r\nContent-Length: 0\r\n", smuggled
      ),
      (
        "a length after a bare line feed",
        "X: a\nContent-Length: \(smuggled.utf8.count)\r\nContent-Length: 0\r\n", smuggled
      ),
      (
        "a length after a bare carriage return",
        "X: a\rContent-Length: 0\r\nContent-Length: \(smuggled.utf8.count)\r\n", smuggled
      ),
    ]

    @Test(arguments: attempts.indices) func noRequestIsReadOutOfAnother(index: Int) async throws {
      let attempt = Self.attempts[index]
      let paths = Locked<[String]>([])
      let handler: Handler = { request in
        paths.withLock { $0.append(request.path) }
        return .text("")
      }
      var limits = ServerLimits()
      limits.idleTimeoutSeconds = 1
      try await withServer(limits: limits, handler: handler) { server in
        let client = try RawClient(port: server.port)
        try client.send("POST /first HTTP/1.1\r\nHost: a\r\n\(attempt.head)\r\n\(attempt.rest)")
        let answer = (try? client.receiveToEnd()).map { String(decoding: $0, as: UTF8.self) } ?? ""
        try await eventually("the server is through with it") { server.counts.connections == 0 }
        let seen = paths.withLock { $0 }
        #expect(!seen.contains("/smuggled"), "\(attempt.name): \(seen), answered \(answer.prefix(200))")
      }
    }

    @Test func brokenChunksAreNotExecuted() async throws {
      let paths = Locked<[String]>([])
      let handler: Handler = { request in
        paths.withLock { $0.append(request.path) }
        return .text("")
      }
      var limits = ServerLimits()
      limits.idleTimeoutSeconds = 1
      try await withServer(limits: limits, handler: handler) { server in
        for size in ["-5", "0x5", "g", "5 5", "ffffffffffffffffff"] {
          let client = try RawClient(port: server.port)
          try client.send("POST /first HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(size)\r\nhello\r\n")
          try? client.send("0\r\n\r\n" + Self.smuggled)
          _ = try? client.receiveToEnd()
        }
        try await eventually("the server is through with all") { server.counts.connections == 0 }
        #expect(paths.withLock { $0 } == [])
      }
    }

    @Test func refusedHeadsSayWhy() async throws {
      try await withServer(handler: echo) { server in
        let client = try RawClient(port: server.port)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na")
        let response = try client.receive()
        #expect(response.status == 400)
        #expect(response.text == "\(Refusal.malformed(reason: "more than one Content-Length"))")
        #expect(try client.isClosed())
      }
    }
  }
}
