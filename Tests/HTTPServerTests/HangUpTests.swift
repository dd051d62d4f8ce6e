import Glibc
import HTTPServer
import Testing

private let request = "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n"

extension HTTPServerTests {
  @Suite struct HangUps {
    @Test(arguments: ServingThread.allCases)
    func aClientThatHangsUpWhileWaitingIsNoticedWithinTheInterval(on thread: ServingThread) async throws {
      let gate = Gate()
      let handler: Handler = { _ in .text(await gate.pass() ? "opened" : "cancelled") }
      try await withServer(on: thread, handler: handler) { server in
        let patient = try RawClient(port: server.port)
        try patient.send(request)
        let client = try RawClient(port: server.port)
        try client.send(request)
        try await eventually("both wait") { server.counts.waiting == 2 }
        let start = ContinuousClock.now
        client.close()
        try await eventually("the connection is freed") { server.counts.connections == 1 }
        #expect(ContinuousClock.now - start < .seconds(1.5))
        #expect(gate.cancelled == 1)
        // The one who answers leaves the list after the connection is the library's again.
        try await eventually("only the other one goes on waiting") { server.counts.waiting == 1 }
        gate.open()
        #expect(try patient.receive().text == "opened")
      }
    }

    @Test(arguments: ServingThread.allCases)
    func aHalfCloseCountsAsAHangUp(on thread: ServingThread) async throws {
      let gate = Gate()
      var limits = ServerLimits()
      limits.hangUpCheckInterval = .milliseconds(20)
      let handler: Handler = { _ in .text(await gate.pass() ? "opened" : "cancelled") }
      try await withServer(on: thread, limits: limits, handler: handler) { server in
        let client = try RawClient(port: server.port)
        try client.send(request)
        client.closeSendingSide()
        #expect(try client.receive().text == "cancelled")
      }
    }

    @Test(arguments: ServingThread.allCases)
    func aHandlerThatIgnoresItsCancellationIsAskedOnceAndFreedWhenItReturns(on thread: ServingThread) async throws {
      let gate = Gate()
      let stubborn = Gate()
      var limits = ServerLimits()
      limits.hangUpCheckInterval = .milliseconds(10)
      let handler: Handler = { _ in
        _ = await gate.pass()
        await withCheckedContinuation { continuation in
          Task.detached {
            _ = await stubborn.pass()
            continuation.resume()
          }
        }
        return .text("late")
      }
      try await withServer(on: thread, limits: limits, handler: handler) { server in
        let client = try RawClient(port: server.port)
        try client.send(request)
        try await eventually("it waits") { server.counts.waiting == 1 }
        client.close()
        try await eventually("it was cancelled, and waits for something else") { stubborn.entered == 1 }
        #expect(gate.cancelled == 1)
        #expect(server.counts.waiting == 1)
        stubborn.open()
        try await eventually("it is freed") { server.counts.connections == 0 }
      }
    }

    @Test(.enabled(if: !isSanitized))
    func whatACrowdTookGoesBackToTheSystemAfterItLeft() async throws {
      try await withServer(handler: { _ in .text("answer") }) { server in
        func come(_ count: Int) throws -> [RawClient] {
          try (0..<count).map { _ in
            let client = try RawClient(port: server.port)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.receive().text == "answer")
            return client
          }
        }
        let few = try come(10)
        let crowd = try come(800)
        // What comes last stays: the allocator's memory doesn't end where the crowd's was.
        let last = try come(1)
        let most = residentBytes()
        for client in crowd { client.close() }
        try await eventually("all of it left") { server.counts.connections == few.count + last.count }
        // From the most, not to what was there before: tests before this one may have left free memory, which the crowd took.
        let crowdsBytes = 800 * ServerLimits().connectionMemoryBytes
        try await eventually("its memory is the system's") { residentBytes() < most - crowdsBytes * 3 / 4 }
      }
    }

    @Test func thousandsOfHangUpsOneAfterAnotherLeaveNothingBehind() async throws {
      let gate = Gate()
      var limits = ServerLimits()
      limits.hangUpCheckInterval = .milliseconds(100)
      let handler: Handler = { request in
        if request.path == "/wait" { _ = await gate.pass() }
        return .text("answer")
      }
      try await withServer(limits: limits, handler: handler) { server in
        func hangUp(batches: Int) async throws {
          for _ in 1...batches {
            for number in 1...500 {
              let client = try RawClient(port: server.port)
              try client.send(request)
              // Some leave once they surely wait, the others whenever.
              if number.isMultiple(of: 50) { try await eventually("one waits") { server.counts.waiting > 0 } }
              client.close()
            }
            try await eventually("all are freed") { server.counts.connections == 0 }
          }
        }
        // First as many at a time as later on, so that the memory of that many connections is there.
        try await hangUp(batches: 4)
        let descriptors = processCount("fd")
        let bytes = residentBytes()
        try await hangUp(batches: 10)
        #expect(processCount("fd") <= descriptors)
        // A leaked connection is 16 KiB. AddressSanitizer keeps freed memory, and finds leaks itself.
        #expect(isAddressSanitized || residentBytes() < bytes + (8 << 20))
        #expect(server.counts == ServerCounts(connections: 0, handling: 0, waiting: 0, bodyBytes: 0))
        let client = try RawClient(port: server.port)
        let start = ContinuousClock.now
        try client.send("GET /now HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.receive().text == "answer")
        #expect(ContinuousClock.now - start < .milliseconds(200))
      }
    }

    @Test func nothingRunsWhileNobodyWaits() async throws {
      var limits = ServerLimits()
      limits.hangUpCheckInterval = .milliseconds(1)
      let gate = Gate()
      let handler: Handler = { _ in .text(await gate.pass() ? "opened" : "cancelled") }
      try await withServer(limits: limits, handler: handler) { server in
        let client = try RawClient(port: server.port)
        try client.send(request)
        try await eventually("it waits") { server.counts.waiting == 1 }
        gate.open()
        _ = try client.receive()
        // An open connection, and an attendant that was awake.
        try await Task.sleep(for: .milliseconds(20))
        let before = switchesOfProcess()
        try await Task.sleep(for: .milliseconds(300))
        #expect(switchesOfProcess() - before < 100, "a check each millisecond would be 300")
      }
    }
  }
}

/// Times that threads of this process went to sleep of their own accord.
private func switchesOfProcess() -> Int {
  var usage = rusage()
  getrusage(RUSAGE_SELF.rawValue, &usage)
  return usage.ru_nvcsw
}
