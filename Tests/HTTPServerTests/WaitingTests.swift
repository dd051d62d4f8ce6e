import Glibc
import HTTPServer
import Testing

private let request = "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n"

extension HTTPServerTests {
  @Suite struct Waiting {
    @Test(arguments: ServingThread.allCases)
    func aHandlerThatWaitsIsAnsweredLater(on thread: ServingThread) async throws {
      let gate = Gate()
      let handler: Handler = { request in
        guard request.path == "/wait" else { return .text("at once") }
        return .text(await gate.pass() ? "opened" : "cancelled")
      }
      try await withServer(on: thread, handler: handler) { server in
        let client = try RawClient(port: server.port)
        try client.send(request)
        try await eventually("it waits") { server.counts.waiting == 1 }
        let other = try RawClient(port: server.port)
        try other.send("GET /now HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try other.receive().text == "at once", "one that waits holds nobody up")
        gate.open()
        #expect(try client.receive().text == "opened")
        try client.send("GET /now HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.receive().text == "at once", "the connection is kept")
        try await eventually("nothing waits") { server.counts.waiting == 0 && server.counts.handling == 0 }
      }
    }

    /// Another thread resumes the handler while the callback decides whether to suspend: every interleaving must answer
    /// once.
    @Test(arguments: ServingThread.allCases)
    func handlersResumedAtAnyMomentAreAnswered(on thread: ServingThread) async throws {
      let resumer = SpinningResumer()
      let handler: Handler = { request in
        await resumer.wait()
        return .text(request.path)
      }
      try await withServer(on: thread, handler: handler) { server in
        let client = try RawClient(port: server.port)
        for round in 0..<10_000 {
          try client.send("GET /\(round) HTTP/1.1\r\nHost: a\r\n\r\n")
          try #require(try client.receive().text == "/\(round)")
        }
      }
      await resumer.end()
    }

    @Test func childTasksActorsAndSleepsOfAHandlerWork() async throws {
      actor Adder {
        var sum = 0
        func add(_ number: Int) -> Int {
          sum += number
          return sum
        }
      }
      let adder = Adder()
      let handler: Handler = { _ in
        async let slow: Void? = try? Task.sleep(for: .milliseconds(5))
        let sums = await withTaskGroup(of: Int.self) { group in
          for number in 1...10 { group.addTask { await adder.add(number) } }
          return await group.reduce(into: []) { $0.append($1) }
        }
        _ = await slow
        return .text("\(sums.max() ?? 0)")
      }
      try await withServer(handler: handler) { server in
        let client = try RawClient(port: server.port)
        try client.send(request)
        #expect(try client.receive().text == "55")
      }
    }

    @Test(arguments: ServingThread.allCases)
    func fiveHundredWaitingHandlersNeedNoThread(on thread: ServingThread) async throws {
      let gate = Gate()
      let handler: Handler = { request in
        if request.path == "/wait" { _ = await gate.pass() }
        return .text("answer")
      }
      try await withServer(on: thread, handler: handler) { server in
        let first = try RawClient(port: server.port)
        try first.send("GET /now HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try first.receive()
        let threads = processCount("task")
        let clients = try (0..<500).map { _ in try RawClient(port: server.port) }
        for client in clients { try client.send(request) }
        try await eventually("all wait") { server.counts.waiting == 500 }
        #expect(processCount("task") <= threads)
        gate.open()
        for client in clients { #expect(try client.receive().text == "answer") }
        #expect(processCount("task") <= threads)
      }
    }

    @Test(arguments: ServingThread.suspending)
    func aWaitOutlastsTheIdleTimeout(on thread: ServingThread) async throws {
      let gate = Gate()
      var limits = ServerLimits()
      limits.idleTimeoutSeconds = 1
      limits.hangUpCheckInterval = .milliseconds(50)
      let handler: Handler = { _ in .text(await gate.pass() ? "opened" : "cancelled") }
      try await withServer(on: thread, limits: limits, handler: handler) { server in
        let client = try RawClient(port: server.port)
        try client.send(request)
        let idle = try RawClient(port: server.port)
        #expect(try idle.isClosed(), "the time-out is over when it closes")
        #expect(server.counts.waiting == 1)
        gate.open()
        #expect(try client.receive().text == "opened")
      }
    }
  }
}
