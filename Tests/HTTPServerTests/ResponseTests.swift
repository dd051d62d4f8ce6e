import HTTPServer
import Locking
import Testing

extension HTTPServerTests {
  @Suite struct Responses {
    @Test func statusAndFieldsAreSent() async throws {
      let handler: Handler = { _ in
        Response(
          status: 405,
          headers: [
            Header(name: "Allow", value: "GET, HEAD"), Header(name: "X-Bad", value: "a\r\nX-Injected: b"),
          ])
      }
      try await withServer(handler: handler) { server in
        let client = try RawClient(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        let response = try client.receive()
        #expect(response.status == 405)
        #expect(response.field("allow") == "GET, HEAD")
        #expect(response.field("content-length") == "0")
        #expect(response.field("date") != nil)
        #expect(response.field("x-bad") == nil)
        #expect(response.field("x-injected") == nil)
      }
    }

    @Test func headGetsTheFieldsOfGetAndNoBody() async throws {
      try await withServer(handler: { _ in .text("four") }) { server in
        let client = try RawClient(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        let get = try client.receive()
        try client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
        let head = try client.receive(toHead: true)
        for name in ["content-length", "content-type"] { #expect(head.field(name) == get.field(name)) }
        #expect(head.status == 200)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.receive().text == "four", "no byte of a body stood in between")
      }
    }

    @Test func a304HasTheLengthOfItsBodyAndNoBody() async throws {
      let handler: Handler = { $0.path == "/" ? Response(status: 304, body: .bytes([1, 2, 3])) : .text("four") }
      try await withServer(handler: handler) { server in
        let client = try RawClient(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        let unchanged = try client.receive(toHead: true)
        #expect(unchanged.status == 304 && unchanged.field("content-length") == "3")
        try client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.receive().text == "four", "no byte of a body stood in between")
      }
    }

    /// The library would send a last chunk.
    @Test(arguments: [("HEAD", 200), ("GET", 304), ("HEAD", 304)])
    func whereNothingFollowsNoChunkDoes(_ method: String, _ status: Int) async throws {
      let asked = Locked(0)
      let handler: Handler = { _ in
        Response(
          status: status,
          body: .stream {
            asked.withLock { $0 += 1 }
            return [1]
          })
      }
      try await withServer(handler: handler) { server in
        let client = try RawClient(port: server.port)
        try client.send("\(method) / HTTP/1.1\r\nHost: a\r\n\r\n")
        let response = try client.receive(toHead: true)
        #expect(response.status == status && response.field("connection") == "close")
        #expect(response.field("transfer-encoding") == nil && response.field("content-length") == nil)
        #expect(try client.receiveToEnd().isEmpty)
        #expect(asked.withLock { $0 } == 0, "nobody asks for the body")
      }
    }
  }
}
