import Glibc
import HTTPServer
import Testing

extension HTTPServerTests {
  @Suite struct Listening {
    @Test func aPortInUseIsSaidInOneLine() throws {
      let first = try ListeningSocket.bind(host: "127.0.0.1", port: 0)
      let expected = ServerError.addressInUse(host: "127.0.0.1", port: first.port)
      #expect(throws: expected) { try ListeningSocket.bind(host: "127.0.0.1", port: first.port) }
      #expect(expected.description == "cannot listen on 127.0.0.1 port \(first.port): the address is in use")
    }

    @Test func aSocketThatNoServerTookIsClosedWithItsObject() throws {
      let port = try ListeningSocket.bind(host: "127.0.0.1", port: 0).port
      #expect(try ListeningSocket.bind(host: "127.0.0.1", port: port).port == port)
    }

    @Test func aHostThatDoesNotResolveIsSaidInOneLine() throws {
      let error = #expect(throws: ServerError.self) { try ListeningSocket.bind(host: "no.such.invalid", port: 80) }
      guard case .hostUnresolvable(host: "no.such.invalid", port: 80, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      let text = error?.description ?? ""
      #expect(text.hasPrefix("cannot listen on no.such.invalid port 80: the host does not resolve"))
      #expect(!text.contains("\n"))
    }

    @Test(arguments: [("192.0.2.1", 80), ("127.0.0.1", 65536), ("127.0.0.1", -1)])
    func anythingElseIsSaidInOneLine(host: String, port: Int) throws {
      let error = #expect(throws: ServerError.self) { try ListeningSocket.bind(host: host, port: port) }
      guard case .listenFailed = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(error?.description.hasPrefix("cannot listen on \(host) port \(port): ") == true)
    }

    @Test func connectionsMadeBeforeTheStartAreServed() async throws {
      let socket = try ListeningSocket.bind(host: "127.0.0.1", port: 0)
      let client = try RawClient(port: socket.port)
      try client.send("GET /early HTTP/1.1\r\nHost: a\r\n\r\n")
      let server = try Server.start(on: socket, refuse: refusalResponse, handler: echo)
      #expect(try client.receive().text == "GET /early 0")
      await server.stop(grace: .zero)
    }

    @Test(arguments: ["localhost", "0.0.0.0", "127.0.0.1"]) func hostsAreReachedOverIPv4(host: String) async throws {
      try await withServer(host: host, handler: echo) { server in
        let client = try RawClient(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.receive().status == 200)
      }
    }

    @Test(.enabled(if: hasIPv6), arguments: ["::1", "[::1]", "::"])
    func hostsAreReachedOverIPv6(host: String) async throws {
      try await withServer(host: host, handler: echo) { server in
        let client = try RawClient(port: server.port, family: AF_INET6)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.receive().status == 200)
        guard host == "::" else { return }
        let old = try RawClient(port: server.port)
        try old.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try old.receive().status == 200, ":: takes IPv4 clients too")
      }
    }
  }
}

private var hasIPv6: Bool { (try? ListeningSocket.bind(host: "::1", port: 0)) != nil }
