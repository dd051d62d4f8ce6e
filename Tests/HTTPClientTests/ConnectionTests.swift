import Glibc
import HTTPClient
import Testing

@Suite struct ConnectionTests {
  @Test func requestsInSequenceShareOneConnection() async throws {
    try await withServer({ _ in .reply() }) { server, client in
      for _ in 0..<50 { _ = try await client.send(Request(method: .post, url: server.url(), body: [1])) }
      #expect(server.seen.connectionsAccepted == 1)
      #expect(server.seen.requests.count == 50)
    }
  }

  @Test func burstsReuseTheKeptConnections() async throws {
    try await withServer({ _ in .hold }, connectionsMax: 20) { server, client in
      for burst in 1...20 {
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 0..<20 {
            group.addTask { _ = try await client.send(Request(method: .post, url: server.url(), body: [1])) }
          }
          // All twenty are under way at once, so that each has its own connection.
          #expect(await eventually { server.seen.requests.count == burst * 20 })
          server.releaseHeld()
          try await group.waitForAll()
        }
      }
      #expect(server.seen.connectionsAccepted == 20)
    }
  }

  @Test func aKeptConnectionThatTheServerClosedIsReplaced() async throws {
    try await withServer({ _ in .replyThenClose }) { server, client in
      for count in 1...5 {
        _ = try await client.send(Request(method: .post, url: server.url(), body: [UInt8(count)]))
      }
      #expect(server.seen.requests.map(\.body) == [[1], [2], [3], [4], [5]])
      #expect(server.seen.connectionsAccepted == 5)
    }
  }

  @Test func aPostIsSentAgainWhenItsKeptConnectionDiesBeforeAnyAnswer() async throws {
    // The second request on a connection is read and then cut off: the receiver has seen it, the sender can't know.
    let answer: @Sendable (TestServer.Received) -> TestServer.Answer = {
      $0.indexOnConnection == 2 ? .rawThenReset("") : .reply()
    }
    try await withServer(answer) { server, client in
      for count in 1...2 {
        let request = Request(method: .post, url: server.url(), body: [UInt8(count)])
        let response = try await client.send(request)
        #expect(response.status == 200)
      }
      #expect(server.seen.requests.map(\.body) == [[1], [2], [2]])
    }
  }

  @Test func aBodyThatLiesElsewhereIsSentAgainFromItsBeginning() async throws {
    let answer: @Sendable (TestServer.Received) -> TestServer.Answer = {
      $0.indexOnConnection == 2 ? .rawThenReset("") : .reply()
    }
    try await withServer(answer) { server, client in
      let bodies = [1, 2].map { [UInt8](repeating: $0, count: 1 << 20) }
      for body in bodies {
        var request = Request(method: .post, url: server.url(), body: Array(body[..<10]))
        request.bodyRest = Elsewhere(bytes: Array(body[10...]))
        let response = try await client.send(request)
        #expect(response.status == 200)
      }
      #expect(server.seen.requests.map(\.body) == [bodies[0], bodies[1], bodies[1]])
    }
  }

  @Test func aConnectionIsClosedInProcessesThatThisOneStarts() async throws {
    try await withServer({ _ in .reply() }) { server, client in
      _ = try await client.send(Request(url: server.url()))
      let connections = Sockets.connected(to: server.port)
      #expect(connections.count == 1)
      #expect(connections.allSatisfy { fcntl($0, F_GETFD) & FD_CLOEXEC != 0 })
    }
  }

  @Test func aProxyInTheEnvironmentIsIgnored() async {
    // In a process of its own: the environment belongs to all threads.
    await #expect(processExitsWith: .success) {
      await exchangeDespiteProxy()
    }
  }
}

private func exchangeDespiteProxy() async {
  do {
    let proxy = "http://127.0.0.1:\(try Sockets.closedPort())"
    for name in ["http_proxy", "all_proxy", "ALL_PROXY"] { setenv(name, proxy, 1) }
    unsetenv("no_proxy")
    try await withServer({ _ in .reply() }) { server, client in
      let response = try await client.send(Request(url: server.url()))
      #expect(response.status == 200)
    }
  } catch {
    exit(EXIT_FAILURE)
  }
}
