import HTTPServer
import Locking
import Testing

private let request = "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n"

extension HTTPServerTests {
  @Suite struct Stopping {
    private func start(limits: ServerLimits = ServerLimits(), handler: @escaping Handler) throws -> Server {
      let socket = try ListeningSocket.bind(host: "127.0.0.1", port: 0)
      return try Server.start(on: socket, limits: limits, refuse: refusalResponse, handler: handler)
    }

    @Test func anIdleServerStopsAtOnceAndFreesThePort() async throws {
      let descriptors = processCount("fd")
      let server = try start(handler: echo)
      let client = try RawClient(port: server.port)
      try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      _ = try client.receive()
      let begin = ContinuousClock.now
      await server.stop(grace: .seconds(30))
      #expect(ContinuousClock.now - begin < .seconds(2))
      #expect(try client.isClosed())
      #expect(throws: RawClient.Failure.self) { try RawClient(port: server.port) }
      let again = try ListeningSocket.bind(host: "127.0.0.1", port: server.port)
      #expect(again.port == server.port)
      client.close()
      #expect(processCount("fd") <= descriptors + 3, "its own socket and the descriptors that wake its threads at most")
    }

    @Test func aStoppedServerLetsGoOfItsHandlerAndItsExchanges() async throws {
      let token = Locked(0)
      weak let weakToken = token
      try await serveOnce(counting: token)
      _ = consume token
      try await eventually("nothing holds what the handler captured") { weakToken == nil }
    }

    private func serveOnce(counting requests: Locked<Int>) async throws {
      let gate = Gate()
      let server = try start { request in
        requests.withLock { $0 += 1 }
        if request.path == "/wait" { _ = await gate.pass() }
        return .text("answer")
      }
      let client = try RawClient(port: server.port)
      for path in ["/now", "/wait"] {
        try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
        if path == "/wait" {
          try await eventually("it waits") { server.counts.waiting == 1 }
          gate.open()
        }
        #expect(try client.receive().text == "answer")
      }
      await server.stop(grace: .zero)
      #expect(requests.withLock { $0 } == 2)
    }

    @Test func withinTheGraceHandlersEndAndNewRequestsAreRefused() async throws {
      let gate = Gate()
      let server = try start { request in
        if request.path == "/new" { return .text("handled") }
        return .text(await gate.pass() ? "opened" : "cancelled")
      }
      let waiting = try RawClient(port: server.port)
      try waiting.send(request)
      let kept = try RawClient(port: server.port)
      try await eventually("one waits, one is open") { server.counts.waiting == 1 && server.counts.connections == 2 }
      async let stopped: Void = server.stop(grace: .seconds(30))
      // Until the stop has begun, new requests are still handled.
      try await eventually("new requests are refused") {
        let client = try RawClient(port: server.port)
        try client.send("GET /new HTTP/1.1\r\nHost: a\r\n\r\n")
        return try client.receive().status == 503
      }
      try kept.send("POST /kept HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
      let refused = try kept.receive()
      #expect(refused.status == 503)
      #expect(refused.text == "\(Refusal.stopping)")
      #expect(refused.field("connection") == "close")
      gate.open()
      let answer = try waiting.receive()
      #expect(answer.text == "opened")
      #expect(answer.field("connection") == "close")
      await stopped
      #expect(gate.cancelled == 0)
    }

    @Test func afterTheGraceHandlersAreCancelledAndAnswerThemselves() async throws {
      let gate = Gate()
      let server = try start { _ in .text(await gate.pass() ? "opened" : "cancelled") }
      let clients = try (1...100).map { _ in try RawClient(port: server.port) }
      for client in clients { try client.send(request) }
      try await eventually("all wait") { server.counts.waiting == 100 }
      await server.stop(grace: .milliseconds(50))
      for client in clients { #expect(try client.receive().text == "cancelled") }
      #expect(server.counts == ServerCounts(connections: 0, handling: 0, waiting: 0, bodyBytes: 0))
    }

    @Test func handlersThatDoNotReturnAreAnsweredFor() async throws {
      let gate = Gate()
      let server = try start { _ in
        await Task.detached { _ = await gate.pass() }.value
        return .text("too late")
      }
      let clients = try (1...100).map { _ in try RawClient(port: server.port) }
      for client in clients { try client.send(request) }
      try await eventually("all wait") { server.counts.waiting == 100 && gate.entered == 100 }
      await server.stop(grace: .zero)
      for client in clients {
        let response = try client.receive()
        #expect(response.status == 504)
        #expect(response.text == "\(Refusal.stoppedWhileHandling)")
      }
      gate.open()
    }

    /// It begins to wait after the others were cancelled, and before all are answered for.
    @Test func aHandlerThatBeginsToWaitDuringTheStopIsCancelledToo() async throws {
      let gate = Gate()
      let holder = try Holder()
      let server = try start { request in
        if request.path == "/held" { holder.hold() }
        return .text(await gate.pass() ? "opened" : "cancelled")
      }
      let first = try RawClient(port: server.port)
      try first.send(request)
      try await eventually("it waits") { server.counts.waiting == 1 }
      let second = try RawClient(port: server.port)
      try second.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
      try await eventually("the server's thread is held") { holder.isHolding }
      async let stopped: Void = server.stop(grace: .zero)
      try await eventually("the one that waits is cancelled") { gate.cancelled == 1 }
      holder.letGo()
      await stopped
      #expect(try first.receive().text == "cancelled")
      #expect(try second.receive().text == "cancelled")
      #expect(gate.cancelled == 2)
    }

    @Test func twoStopsAtOnceAndOneAfterwardsAreOneStop() async throws {
      let gate = Gate()
      let server = try start { _ in .text(await gate.pass() ? "opened" : "cancelled") }
      let client = try RawClient(port: server.port)
      try client.send(request)
      try await eventually("it waits") { server.counts.waiting == 1 }
      let begin = ContinuousClock.now
      async let long: Void = server.stop(grace: .seconds(60))
      async let short: Void = server.stop(grace: .milliseconds(10))
      await long
      await short
      #expect(ContinuousClock.now - begin < .seconds(5), "the shorter grace counts")
      await server.stop(grace: .seconds(60))
      #expect(try client.receive().text == "cancelled")
    }

    @Test func aRequestThatIsHalfThereIsWaitedForNoLongerThanTheGrace() async throws {
      let server = try start(handler: echo)
      let client = try RawClient(port: server.port)
      try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
      try await eventually("half of it is there") { server.counts.bodyBytes == 3 }
      let begin = ContinuousClock.now
      await server.stop(grace: .seconds(60))
      #expect(ContinuousClock.now - begin < .seconds(5))
      #expect(try client.isClosed())
      #expect(server.counts.bodyBytes == 0)
    }

    /// Clients come and go, wait and hang up, handlers are resumed by other threads, and the server stops in the midst.
    @Test(arguments: 1...20) func stoppingUnderLoadAnswersOrClosesAndCrashesNothing(round: Int) async throws {
      let gate = Gate()
      var limits = ServerLimits()
      limits.hangUpCheckInterval = .milliseconds(1)
      limits.cancelGrace = .milliseconds(round % 3)
      let server = try start(limits: limits) { request in
        switch request.path {
        case "/wait": .text(await gate.pass() ? "opened" : "cancelled")
        case "/detached": .text(await Task.detached { "detached" }.value)
        case "/stubborn": .text(await Task.detached { await gate.pass() ? "opened" : "cancelled" }.value)
        default: .text("at once")
        }
      }
      let isOver = Locked(false)
      let statuses = Locked<[Int: Int]>([:])
      let loads = (0..<4).map { number in
        Load(port: server.port, number: number, isOver: isOver, statuses: statuses)
      }
      try await eventually("all paths are in use") { server.counts.waiting > 20 && server.counts.handling > 20 }
      await server.stop(grace: .milliseconds(round * 5 % 30))
      isOver.withLock { $0 = true }
      for load in loads { await load.end() }
      gate.open()
      let seen = statuses.withLock { $0 }
      #expect(Set(seen.keys).isSubset(of: [200, 503, 504]), "\(seen)")
      #expect(seen[200, default: 0] > 0)
      #expect(server.counts == ServerCounts(connections: 0, handling: 0, waiting: 0, bodyBytes: 0))
    }
  }
}
