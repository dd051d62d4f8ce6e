import HTTPClient
import HTTPServer
import Locking
import Testing

private let request = "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n"
private let nothing = ServerCounts(connections: 0, handling: 0, waiting: 0, bodyBytes: 0)

/// Nobody is looked at by the attendant while such a test runs.
private var unwatched: ServerLimits {
  var limits = ServerLimits()
  limits.hangUpCheckInterval = .seconds(600)
  return limits
}

extension HTTPServerTests {
  /// What is special about waits for which the library asks in each turn.
  @Suite struct Held {
    @Test func aClientThatBreaksOffEndsItsWait() async throws {
      let desk = Desk()
      try await withServer(on: .clientsHolding, limits: unwatched, prompt: desk.prompt, handler: echo) { server in
        let client = try RawClient(port: server.port)
        try client.send(request)
        try await eventually("it waits") { server.counts.waiting == 1 }
        client.breakOff()
        try await eventually("it waits no more") { server.counts == nothing }
        #expect(desk.hangUps == [1])
        desk.answer("nobody's")
        try expectAnswer(of: server)
      }
      #expect(desk.hangUps == [1])
    }

    @Test func aHandlerOfAClientThatBreaksOffIsCancelled() async throws {
      let gate = Gate()
      let handler: Handler = { request in
        if request.path == "/wait" { _ = await gate.pass() }
        return .text("GET \(request.path) 0")
      }
      try await withServer(on: .clientsHolding, limits: unwatched, handler: handler) { server in
        let client = try RawClient(port: server.port)
        try client.send(request)
        try await eventually("it waits") { server.counts.waiting == 1 }
        client.breakOff()
        try await eventually("it was cancelled") { gate.cancelled == 1 }
        try await eventually("it waits no more") { server.counts == nothing }
        try expectAnswer(of: server)
      }
    }

    /// An answer, and the end of the connection, from two sides at once.
    @Test func answersThatRaceWithClientsThatBreakOffAreSentOrDropped() async throws {
      let resumer = SpinningResumer()
      let hangUps = Locked(0)
      let prompt: PromptHandler = { request, answering in
        guard request.path == "/wait" else { return nil }
        resumer.call { answering.answer(.text("answer")) }
        return .later { hangUps.withLock { $0 += 1 } }
      }
      try await withServer(on: .clientsHolding, limits: unwatched, prompt: prompt, handler: echo) { server in
        for round in 0..<3000 {
          let client = try RawClient(port: server.port)
          try client.send(request)
          for _ in 0..<round % 50 { _ = hangUps.withLock { $0 } }
          client.breakOff()
        }
        try await eventually("all are gone") { server.counts == nothing }
        try expectAnswer(of: server)
      }
      await resumer.end()
      #expect(hangUps.withLock { $0 } <= 3000)
    }

    /// The answer is there, and before the library asks for it the connection is gone.
    @Test func anAnswerToAConnectionThatBrokeMeanwhileIsDropped() async throws {
      let desk = Desk()
      let holder = try Holder()
      let holds = Locked(false)
      try await withClient { client in
        let server = try start(on: client, holdMax: .seconds(600), prompt: desk.prompt)
        // The library asks for the connection that was silent for the longest in any case: not for the one that is to break.
        let silent = try RawClient(port: server.port)
        try silent.send("GET /now HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try silent.receive()
        let raw = try RawClient(port: server.port)
        try raw.send(request)
        try await eventually("it waits") { server.counts.waiting == 1 }
        await client.onTurn {
          if holds.withLock({ $0 }) { holder.hold() }
          return nil
        }
        holds.withLock { $0 = true }
        client.wake()
        try await eventually("the server's thread is held") { holder.isHolding }
        holds.withLock { $0 = false }
        desk.answer("nobody's")
        raw.breakOff()
        holder.letGo()
        try await eventually("it is gone") { server.counts.connections == 1 }
        #expect(server.counts == ServerCounts(connections: 1, handling: 0, waiting: 0, bodyBytes: 0))
        #expect(desk.hangUps == [0])
        try expectAnswer(of: server)
        await server.stop(grace: .zero)
      }
    }

    /// More than are held at a time: the others are suspended.
    @Test func moreThanAreHeldAreAllAnswered() async throws {
      let desk = Desk()
      try await withServer(on: .clientsHolding, prompt: desk.prompt, handler: echo) { server in
        let clients = try (1...600).map { _ in try RawClient(port: server.port) }
        for round in 1...3 {
          for client in clients { try client.send(request) }
          try await eventually("all wait") { server.counts.waiting == 600 && desk.taken == 600 * round }
          desk.answer("answer")
          for client in clients { try #require(try client.receive().text == "answer") }
        }
        try await eventually("nothing waits") { server.counts.waiting == 0 && server.counts.handling == 0 }
      }
    }

    /// The loop may sleep a little while some are held, but not between two pieces of a body.
    @Test func bodiesMoveAtFullSpeedBesideOneThatIsHeld() async throws {
      let desk = Desk()
      var limits = unwatched
      limits.bodyBytesMax = 64 << 20
      // Some 1,800 turns for an upload, 512 for a download.
      let bytes = [UInt8](repeating: 7, count: 32 << 20)
      let handler: Handler = { request in
        request.method == "POST" ? .text("\(request.body.count)") : .init(status: 200, body: .bytes(bytes))
      }
      try await withServer(on: .clientsHolding, limits: limits, prompt: desk.prompt, handler: handler) { server in
        let client = try RawClient(port: server.port)
        func transfer() throws -> (up: Duration, down: Duration) {
          let begin = ContinuousClock.now
          try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(bytes.count)\r\n\r\n")
          try client.send(bytes)
          #expect(try client.receive().text == "\(bytes.count)")
          let middle = ContinuousClock.now
          try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
          #expect(try client.receive().body.count == bytes.count)
          return (middle - begin, ContinuousClock.now - middle)
        }
        let alone = try transfer()
        let held = try RawClient(port: server.port)
        try held.send(request)
        try await eventually("it waits") { server.counts.waiting == 1 }
        let beside = try transfer()
        // A sleep of a millisecond in each turn would add 1.8 and 0.5 seconds.
        #expect(beside.up < alone.up * 3 + .milliseconds(300))
        #expect(beside.down < alone.down * 3 + .milliseconds(300))
        #expect(server.counts.waiting == 1)
        desk.answer("answer")
        #expect(try held.receive().text == "answer")
      }
    }

    /// The next request of a connection that was answered is not left lying, though the loop may sleep a little.
    @Test func requestsOneAfterTheOtherAreAnsweredAtOnceBesideOneThatIsHeld() async throws {
      let desk = Desk()
      let resumer = SpinningResumer()
      let prompt: PromptHandler = { [take = desk.prompt] request, answering in
        guard request.path == "/later" else { return take(request, answering) }
        resumer.call { answering.answer(.text("later")) }
        return .later {}
      }
      try await withServer(on: .clientsHolding, limits: unwatched, prompt: prompt, handler: echo) { server in
        let client = try RawClient(port: server.port)
        func ask(times: Int) throws -> Duration {
          let begin = ContinuousClock.now
          for _ in 0..<times {
            try client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n")
            try #require(try client.receive().text == "later")
          }
          return ContinuousClock.now - begin
        }
        let alone = try ask(times: 1000)
        let held = try RawClient(port: server.port)
        try held.send(request)
        try await eventually("it waits") { server.counts.waiting == 1 }
        let beside = try ask(times: 1000)
        // A sleep of a millisecond before each would add a second.
        #expect(beside < alone * 3 + .milliseconds(300))
        desk.answer("answer")
        #expect(try held.receive().text == "answer")
      }
      await resumer.end()
    }

    /// Who waits for long costs no turns.
    @Test func aLongWaitLetsTheLoopSleep() async throws {
      let desk = Desk()
      let turns = Locked(0)
      try await withClient { client in
        let server = try start(on: client, holdMax: unwatched.holdMax, prompt: desk.prompt)
        let raw = try RawClient(port: server.port)
        try raw.send(request)
        try await eventually("it waits") { server.counts.waiting == 1 }
        await client.onTurn {
          turns.withLock { $0 += 1 }
          return nil
        }
        try await eventually("the body is called") { turns.withLock { $0 } > 0 }
        // That nothing happens is what is measured.
        try await Task.sleep(for: .milliseconds(300))
        #expect(turns.withLock { $0 } <= 30, "a turn each millisecond would be 300")
        desk.answer("answer")
        #expect(try raw.receive().text == "answer")
        await server.stop(grace: .zero)
      }
    }
  }
}

private func start(on client: Client, holdMax: Duration, prompt: @escaping PromptHandler) throws -> Server {
  var limits = unwatched
  limits.holdMax = holdMax
  return try Server.start(
    on: try ListeningSocket.bind(host: "127.0.0.1", port: 0), limits: limits, host: client.host,
    refuse: refusalResponse, prompt: prompt, handler: echo)
}

/// The server goes on.
private func expectAnswer(of server: Server) throws {
  let client = try RawClient(port: server.port)
  try client.send("GET /now HTTP/1.1\r\nHost: a\r\n\r\n")
  #expect(try client.receive().text == "GET /now 0")
}
