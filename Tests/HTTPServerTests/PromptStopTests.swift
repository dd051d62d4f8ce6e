import HTTPServer
import Locking
import Testing

private let request = "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n"
private let nothing = ServerCounts(connections: 0, handling: 0, waiting: 0, bodyBytes: 0)

extension HTTPServerTests {
  @Suite struct PromptStop {
    @Test(arguments: ServingThread.allCases)
    func withinTheGraceAnAnswerIsSentAndNobodyIsTold(on thread: ServingThread) async throws {
      let desk = Desk()
      try await withServer(on: thread, prompt: desk.prompt, handler: echo) { server in
        let client = try RawClient(port: server.port)
        try client.send(request)
        try await eventually("it waits") { server.counts.waiting == 1 }
        async let stopped: Void = server.stop(grace: .seconds(30))
        try await eventually("new requests are refused") {
          let client = try RawClient(port: server.port)
          try client.send("GET /new HTTP/1.1\r\nHost: a\r\n\r\n")
          return try client.receive().status == 503
        }
        desk.answer("in time")
        let answer = try client.receive()
        #expect(answer.text == "in time")
        #expect(answer.field("connection") == "close")
        await stopped
        #expect(desk.hangUps == [0])
      }
    }

    @Test(arguments: ServingThread.allCases)
    func afterTheGraceThoseThatWaitAreToldAndAnswerThemselves(on thread: ServingThread) async throws {
      let desk = Desk()
      let prompt: PromptHandler = { [weak desk] _, answering in
        desk?.take(answering) { answering.answer(.text("told")) }
      }
      try await withServer(on: thread, prompt: prompt, handler: echo) { server in
        let clients = try (1...100).map { _ in try RawClient(port: server.port) }
        for client in clients { try client.send(request) }
        try await eventually("all wait") { server.counts.waiting == 100 }
        await server.stop(grace: .milliseconds(20))
        for client in clients { #expect(try client.receive().text == "told") }
        #expect(desk.hangUps == [Int](repeating: 1, count: 100))
        #expect(server.counts == nothing)
      }
    }

    @Test(arguments: ServingThread.allCases)
    func thoseThatNeverAnswerAreToldAndAnsweredFor(on thread: ServingThread) async throws {
      let desk = Desk()
      var limits = ServerLimits()
      limits.cancelGrace = .milliseconds(10)
      try await withServer(on: thread, limits: limits, prompt: desk.prompt, handler: echo) { server in
        let clients = try (1...100).map { _ in try RawClient(port: server.port) }
        for client in clients { try client.send(request) }
        try await eventually("all wait") { server.counts.waiting == 100 }
        await server.stop(grace: .zero)
        for client in clients {
          let response = try client.receive()
          #expect(response.status == 504)
          #expect(response.text == "\(Refusal.stoppedWhileHandling)")
        }
        #expect(desk.hangUps == [Int](repeating: 1, count: 100))
        desk.answer("too late")
        #expect(server.counts == nothing)
      }
    }

    /// One that begins to wait after the others were told, and before all are answered for.
    @Test(arguments: ServingThread.allCases)
    func oneThatBeginsToWaitDuringTheStopIsToldToo(on thread: ServingThread) async throws {
      let desk = Desk()
      let holder = try Holder()
      let prompt: PromptHandler = { [weak desk] request, answering in
        if request.path == "/held" { holder.hold() }
        return desk?.take(answering)
      }
      try await withServer(on: thread, prompt: prompt, handler: echo) { server in
        let first = try RawClient(port: server.port)
        try first.send(request)
        try await eventually("it waits") { server.counts.waiting == 1 }
        let second = try RawClient(port: server.port)
        try second.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
        try await eventually("the server's thread is held") { holder.isHolding }
        async let stopped: Void = server.stop(grace: .zero)
        try await eventually("the one that waits is told") { desk.hangUps == [1] }
        holder.letGo()
        await stopped
        #expect(try first.receive().status == 504)
        #expect(try second.receive().status == 504)
        #expect(desk.hangUps == [1, 1])
      }
    }

    @Test(arguments: 1...60) func answersThatRaceWithAStopAreSentOrDropped(round: Int) async throws {
      let desk = Desk()
      var limits = ServerLimits()
      limits.cancelGrace = .microseconds(round % 4 * 100)
      let thread = ServingThread.allCases[round % 3]
      try await withServer(on: thread, limits: limits, prompt: desk.prompt, handler: echo) { server in
        let clients = try (1...50).map { _ in try RawClient(port: server.port) }
        for client in clients { try client.send(request) }
        try await eventually("all wait") { server.counts.waiting == 50 }
        let isDone = Gate()
        detachThread {
          for _ in 0..<round * 5 { _ = desk.taken }
          desk.answer("answer")
          isDone.open()
        }
        await server.stop(grace: .microseconds(round % 3 * 50))
        for client in clients {
          let response = try client.receive()
          #expect(response.status == 504 || response.text == "answer")
        }
        _ = await isDone.pass()
        #expect(desk.hangUps.allSatisfy { $0 <= 1 })
        #expect(server.counts == nothing)
      }
    }
  }
}
