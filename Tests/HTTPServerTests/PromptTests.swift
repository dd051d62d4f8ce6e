import HTTPServer
import Locking
import Testing

private let request = "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n"
private let nothing = ServerCounts(connections: 0, handling: 0, waiting: 0, bodyBytes: 0)

extension HTTPServerTests {
  @Suite struct Prompt {
    @Test func whatIsAnsweredAtOnceOrLeftReachesTheRightHandler() async throws {
      let prompt: PromptHandler = { request, _ in request.path == "/now" ? .now(.text("prompt")) : nil }
      try await withServer(prompt: prompt, handler: echo) { server in
        let client = try RawClient(port: server.port)
        for _ in 1...3 {
          try client.send("GET /now HTTP/1.1\r\nHost: a\r\n\r\n")
          #expect(try client.receive().text == "prompt")
          try client.send("POST /left HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
          #expect(try client.receive().text == "POST /left 3", "with its body")
        }
        try await eventually("nothing is under way") {
          server.counts == ServerCounts(connections: 1, handling: 0, waiting: 0, bodyBytes: 0)
        }
      }
    }

    @Test(arguments: ServingThread.allCases)
    func anotherThreadAnswersLater(on thread: ServingThread) async throws {
      let desk = Desk()
      try await withServer(on: thread, prompt: desk.prompt, handler: echo) { server in
        let client = try RawClient(port: server.port)
        for round in 1...3 {
          try client.send(request)
          try await eventually("it waits") { desk.taken == round && server.counts.waiting == 1 }
          let other = try RawClient(port: server.port)
          try other.send("GET /now HTTP/1.1\r\nHost: a\r\n\r\n")
          #expect(try other.receive().text == "GET /now 0", "one that waits holds nobody up")
          detachThread { desk.answer("answer \(round)") }
          #expect(try client.receive().text == "answer \(round)", "and those before are done with")
          try await eventually("nothing waits") { server.counts.waiting == 0 && server.counts.handling == 0 }
        }
        #expect(desk.hangUps == [0, 0, 0])
      }
    }

    @Test func anAnswerBeforeTheHandlerHasReturnedIsSent() async throws {
      let prompt: PromptHandler = { request, answering in
        answering.answer(.text(request.path))
        return .later { Issue.record("nobody hung up") }
      }
      try await withServer(prompt: prompt, handler: echo) { server in
        let client = try RawClient(port: server.port)
        for round in 1...100 {
          try client.send("GET /\(round) HTTP/1.1\r\nHost: a\r\n\r\n")
          try #require(try client.receive().text == "/\(round)")
        }
        try await eventually("nothing is under way") {
          server.counts == ServerCounts(connections: 1, handling: 0, waiting: 0, bodyBytes: 0)
        }
      }
    }

    /// Another thread answers while the callback decides whether to suspend: every interleaving must answer once.
    @Test(arguments: ServingThread.allCases)
    func anAnswerAtAnyMomentIsSent(on thread: ServingThread) async throws {
      let resumer = SpinningResumer()
      let prompt: PromptHandler = { request, answering in
        resumer.call { answering.answer(.text(request.path)) }
        return .later {}
      }
      try await withServer(on: thread, prompt: prompt, handler: echo) { server in
        let client = try RawClient(port: server.port)
        for round in 0..<10_000 {
          try client.send("GET /\(round) HTTP/1.1\r\nHost: a\r\n\r\n")
          try #require(try client.receive().text == "/\(round)")
        }
      }
      await resumer.end()
    }

    @Test(arguments: ServingThread.allCases)
    func aHangUpIsToldOnceAndTheAnswerThenIsDropped(on thread: ServingThread) async throws {
      let desk = Desk()
      var limits = ServerLimits()
      limits.hangUpCheckInterval = .milliseconds(5)
      try await withServer(on: thread, limits: limits, prompt: desk.prompt, handler: echo) { server in
        var clients: [RawClient] = []
        // Each is looked at again with those that come after it.
        for number in 1...5 {
          let client = try RawClient(port: server.port)
          try client.send(request)
          try await eventually("it waits") { server.counts.waiting == number }
          client.close()
          clients.append(client)
          try await eventually("it is told") { desk.hangUps.last == 1 }
        }
        #expect(desk.hangUps == [1, 1, 1, 1, 1])
        #expect(server.counts.waiting == 5, "until they are answered")
        desk.answer("nobody's")
        try await eventually("all are freed") { server.counts == nothing }
        desk.answer("nobody's, once more")
        let next = try RawClient(port: server.port)
        try next.send("GET /now HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try next.receive().text == "GET /now 0")
      }
    }

    @Test func whoIsToldOfAHangUpMayAnswerInThatCall() async throws {
      let desk = Desk()
      var limits = ServerLimits()
      limits.hangUpCheckInterval = .milliseconds(5)
      let prompt: PromptHandler = { [weak desk] _, answering in
        desk?.take(answering) { answering.answer(.text("told")) }
      }
      try await withServer(limits: limits, prompt: prompt, handler: echo) { server in
        let client = try RawClient(port: server.port)
        try client.send(request)
        client.closeSendingSide()
        #expect(try client.receive().text == "told")
        try await eventually("it is freed") { server.counts == nothing }
        #expect(desk.hangUps == [1])
      }
    }
  }
}
