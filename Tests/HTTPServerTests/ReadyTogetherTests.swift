import Glibc
import HTTPServer
import Testing

extension HTTPServerTests {
  /// libmicrohttpd takes 128 events with one system call, and with a loop of its own it sleeps in the next call before it
  /// has looked at any of them, when there were just as many.
  @Suite struct ReadyTogether {
    @Test(arguments: [127, 128, 129, 256, 384], ServingThread.allCases)
    func requestsThatComeAtOnceAreAnsweredAtOnce(_ count: Int, on thread: ServingThread) async throws {
      let holder = try Holder()
      let handler: Handler = { request in
        if request.path == "/hold" { holder.hold() }
        return .text("answer")
      }
      try await withServer(on: thread, handler: handler) { server in
        // Nothing else may be ready: no connection that is yet to be accepted, and no answer on its way.
        let clients = try (0..<count).map { _ in try RawClient(port: server.port, receiveSeconds: 3) }
        let first = try RawClient(port: server.port)
        for client in clients + [first] {
          try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
          #expect(try client.receive().text == "answer")
        }
        try first.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n")
        try await eventually("the server's thread is held") { holder.isHolding }
        for client in clients { try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
        try await eventually("all requests are there") { clients.allSatisfy { $0.unsentBytes == 0 } }
        holder.letGo()
        for client in clients { try #require(try client.receive().text == "answer") }
        #expect(try first.receive().text == "answer")
      }
    }
  }
}
