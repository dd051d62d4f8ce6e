import Glibc
import HTTPClient
import HTTPServer
import Locking
import Testing

/// Runs a server on a client's thread around `body`.
private func withHostedServer(
  limits: ServerLimits = ServerLimits(), prompt: PromptHandler? = nil, handler: @escaping Handler,
  _ body: (Server, Client) async throws -> Void
) async throws {
  try await withClient { client in
    let server = try start(on: client, limits: limits, prompt: prompt, handler: handler)
    do {
      try await body(server, client)
    } catch {
      await server.stop(grace: .zero)
      throw error
    }
    await server.stop(grace: .zero)
  }
}

private func start(
  on client: Client?, limits: ServerLimits = ServerLimits(), prompt: PromptHandler? = nil, handler: @escaping Handler
) throws -> Server {
  try Server.start(
    on: try ListeningSocket.bind(host: "127.0.0.1", port: 0), limits: limits, host: client?.host,
    refuse: refusalResponse, prompt: prompt, handler: handler)
}

extension Client {
  fileprivate func get(_ path: String, of server: Server) async throws -> String {
    let response = try await send(HTTPClient.Request(url: "http://127.0.0.1:\(server.port)\(path)"))
    return String(decoding: response.body, as: UTF8.self)
  }

  fileprivate func thread() -> pthread_t { pthread_self() }
}

extension HTTPServerTests {
  /// A server and a client on one thread, the client's.
  @Suite struct Hosted {
    @Test func theClientsThreadServesWhatTheClientAsks() async throws {
      let threads = Locked<Set<pthread_t>>([])
      let prompt: PromptHandler = { request, _ in
        threads.withLock { _ = $0.insert(pthread_self()) }
        return request.path.hasPrefix("/prompt") ? .now(.text(request.path)) : nil
      }
      try await withHostedServer(prompt: prompt, handler: { .text($0.path) }) { server, client in
        for round in 1...5 {
          try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 1...200 {
              let path = number.isMultiple(of: 2) ? "/prompt/\(round)/\(number)" : "/task/\(round)/\(number)"
              group.addTask { try await client.get(path, of: server) == path }
            }
            for try await isAnswered in group { #expect(isAnswered) }
          }
        }
        #expect(threads.withLock { $0 } == [await client.thread()])
        try await eventually("nothing is under way") { server.counts.handling == 0 && server.counts.waiting == 0 }
      }
    }

    @Test func aHandlerAsksItsOwnServerThroughItsOwnThread() async throws {
      let asks = Locked<(@Sendable (Int) async throws -> String)?>(nil)
      let handler: Handler = { request in
        guard let depth = Int(request.path.dropFirst()), depth > 0, let ask = asks.withLock({ $0 }) else {
          return .text("end")
        }
        return .text("\(depth) " + ((try? await ask(depth - 1)) ?? "failed"))
      }
      try await withHostedServer(handler: handler) { server, client in
        asks.withLock { $0 = { [client] in try await client.get("/\($0)", of: server) } }
        for _ in 1...20 {
          let answer = try await client.get("/5", of: server)
          #expect(answer == "5 4 3 2 1 end")
        }
        asks.withLock { $0 = nil }
      }
    }

    @Test func aStopOfTheServerLeavesTheClientAtWork() async throws {
      try await withClient { client in
        let other = try start(on: nil, handler: { .text("other \($0.path)") })
        for round in 1...10 {
          let hosted = try start(on: client, handler: { .text("hosted \($0.path)") })
          #expect(try await client.get("/\(round)", of: hosted) == "hosted /\(round)")
          await hosted.stop(grace: .seconds(30))
          #expect(hosted.counts == ServerCounts(connections: 0, handling: 0, waiting: 0, bodyBytes: 0))
          await #expect(throws: ClientError.self) { try await client.get("/", of: hosted) }
          #expect(try await client.get("/\(round)", of: other) == "other /\(round)")
        }
        await other.stop(grace: .zero)
      }
    }

    @Test func answersThatTheClientBringsComeAtOnce() async throws {
      try await withClient { client in
        let other = try start(on: nil, handler: { .text("from afar \($0.path)") })
        let url = "http://127.0.0.1:\(other.port)"
        // From a completion, which is called before the server's turn, and with nothing else that would make a turn.
        let prompt: PromptHandler = { request, answering in
          client.assumeIsolated { client in
            _ = client.start(HTTPClient.Request(url: url + request.path)) { result in
              answering.answer(.text((try? result.get()).map { String(decoding: $0.body, as: UTF8.self) } ?? "failed"))
            }
          }
          return .later {}
        }
        let server = try start(on: client, prompt: prompt, handler: echo)
        let raw = try RawClient(port: server.port, receiveSeconds: 3)
        for round in 1...1000 {
          try raw.send("GET /\(round) HTTP/1.1\r\nHost: a\r\n\r\n")
          try #require(try raw.receive().text == "from afar /\(round)")
        }
        await server.stop(grace: .zero)
        await other.stop(grace: .zero)
      }
    }

    @Test func answersThatTheTurnsBodyBringsComeAtOnce() async throws {
      let desk = Desk()
      let asked = Locked(0)
      try await withClient { client in
        let prompt: PromptHandler = { [weak desk] _, answering in
          defer { client.wake() }
          asked.withLock { $0 += 1 }
          return desk?.take(answering)
        }
        let server = try start(on: client, prompt: prompt, handler: echo)
        await client.setBody {
          let count = asked.withLock { asked in
            defer { asked = 0 }
            return asked
          }
          if count > 0 { desk.answer("answer") }
          return nil
        }
        let raw = try RawClient(port: server.port, receiveSeconds: 3)
        for _ in 1...1000 {
          try raw.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
          try #require(try raw.receive().text == "answer")
        }
        await server.stop(grace: .zero)
      }
    }

    @Test func anIdleHostSleeps() async throws {
      let turns = Locked(0)
      try await withHostedServer(handler: echo) { server, client in
        let raw = try RawClient(port: server.port)
        try raw.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try raw.receive()
        await client.setBody {
          turns.withLock { $0 += 1 }
          return nil
        }
        try await eventually("the body is called") { turns.withLock { $0 } > 0 }
        // That nothing happens is what is measured; the connection's idle time makes a turn now and then.
        try await Task.sleep(for: .milliseconds(300))
        #expect(turns.withLock { $0 } <= 5)
      }
    }
  }
}

extension Client {
  fileprivate func setBody(_ body: @escaping @Sendable () -> Duration?) { onTurn(body) }
}
