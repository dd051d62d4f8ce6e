import Glibc
import HTTPServer
import Locking
import Testing

private let request = "GET /live HTTP/1.1\r\nHost: a\r\n\r\n"

extension HTTPServerTests {
  @Suite struct Live {
    @Test(arguments: ServingThread.allCases)
    func piecesComeWhenTheyAreThereAndNobodyAsksMeanwhile(on thread: ServingThread) async throws {
      let feed = TestFeed()
      try await withServer(on: thread, handler: feed.handler) { server in
        let client = try RawClient(port: server.port)
        try client.send(request)
        #expect(try client.receiveHead().field("transfer-encoding") == "chunked", "the head doesn't wait for a piece")
        try await eventually("it waits") { feed.asked == 1 }
        #expect(server.counts == ServerCounts(connections: 1, handling: 1, waiting: 0, bodyBytes: 0, live: 1))
        for piece in ["one", "two", "three"] {
          feed.add(piece, wake: server)
          #expect(try client.receiveChunk() == piece)
        }
        try await Task.sleep(for: .milliseconds(50))
        let asked = feed.asked
        #expect(asked <= 10, "at most a piece, a nothing and one more look for each wake-up")
        try await Task.sleep(for: .milliseconds(100))
        #expect(feed.asked == asked, "nobody asks who has nothing")
        feed.end(wake: server)
        #expect(try client.receiveChunk() == "", "the last chunk")
        try await eventually("it is let go") { server.counts.live == 0 && feed.isReleased }
        try client.send(request)
        #expect(try client.receiveHead().status == 200, "the connection is kept")
      }
    }

    @Test(arguments: ServingThread.allCases)
    func aHundredReadersAndMoreGetAllPiecesWithNoFurtherThread(on thread: ServingThread) async throws {
      let feed = TestFeed()
      try await withServer(on: thread, handler: feed.handler) { server in
        let threads = processCount("task")
        let clients = try (1...300).map { _ in try RawClient(port: server.port) }
        for client in clients { try client.send(request) }
        for client in clients { #expect(try client.receiveHead().status == 200) }
        #expect(server.counts.live == 300)
        // Faster than they are sent: wake-ups come in every moment between asking and waiting.
        let pieces = (1...200).map { "piece \($0) of many\n" }
        for piece in pieces { feed.add(piece, wake: server) }
        feed.end(wake: server)
        for client in clients { #expect(try client.receiveChunks() == Array(pieces.joined().utf8)) }
        // Other tests may run beside this one, and the pool may take the last of its threads.
        #expect(processCount("task") < threads + 30, "none for each reader")
      }
      try await eventually("all are released") { feed.isReleased }
    }

    @Test func aWakeUpBetweenLookingAndWaitingIsNotLost() async throws {
      var limits = ServerLimits()
      limits.hangUpCheckInterval = .seconds(1000)
      let feed = TestFeed()
      try await withServer(limits: limits, handler: feed.handler) { server in
        let other = try RawClient(port: server.port)
        try other.send(request)
        try await eventually("another one waits") { feed.asked == 1 }
        let isAdded = Locked(false)
        feed.beforeNothing { [weak feed, weak server] in
          let isFirst = isAdded.withLock { isAdded in
            defer { isAdded = true }
            return !isAdded
          }
          guard isFirst, let feed, let server else { return }
          feed.add("piece", wake: server)
          // The wake-up is carried out before the body waits.
          usleep(100_000)
        }
        let client = try RawClient(port: server.port)
        try client.send(request)
        #expect(try client.receiveHead().status == 200)
        #expect(try client.receiveChunk() == "piece")
      }
    }

    @Test func aReaderThatHangsUpIsLetGoWithinTheInterval() async throws {
      let feed = TestFeed()
      let descriptors = processCount("fd")
      try await withServer(handler: feed.handler) { server in
        let clients = try (1...100).map { _ in try RawClient(port: server.port) }
        for client in clients { try client.send(request) }
        try await eventually("all wait") { server.counts.live == 100 && feed.asked == 100 }
        let begin = ContinuousClock.now
        for client in clients.dropFirst() { client.close() }
        try await eventually("those that left are let go") {
          server.counts == ServerCounts(connections: 1, handling: 1, waiting: 0, bodyBytes: 0, live: 1)
        }
        #expect(ContinuousClock.now - begin < .seconds(2))
        #expect(processCount("fd") <= descriptors + 8)
        feed.add("still here", wake: server)
        #expect(try clients[0].receiveHead().status == 200)
        #expect(try clients[0].receiveChunk() == "still here")
      }
    }

    @Test func aBodyIsAskedAgainAtItsTimeAndTheIdleTimeOutDoesNotCount() async throws {
      var limits = ServerLimits()
      limits.hangUpCheckInterval = .milliseconds(20)
      limits.idleTimeoutSeconds = 1
      let feed = TestFeed(pause: .milliseconds(1300))
      try await withServer(limits: limits, handler: feed.handler) { server in
        let client = try RawClient(port: server.port)
        try client.send(request)
        try await eventually("it was asked three times") { feed.asked >= 3 }
        feed.add("late", wake: server)
        #expect(try client.receiveHead().status == 200)
        #expect(try client.receiveChunk() == "late")
      }
    }

    @Test func oneMoreThanAllowedIsRefusedAndLeavesRoomWhenItEnds() async throws {
      var limits = ServerLimits()
      limits.liveMax = 2
      limits.hangUpCheckInterval = .milliseconds(10)
      let feed = TestFeed()
      try await withServer(limits: limits, handler: feed.handler) { server in
        let clients = try (1...3).map { _ in try RawClient(port: server.port) }
        for client in clients[..<2] {
          try client.send(request)
          #expect(try client.receiveHead().status == 200)
        }
        try clients[2].send(request)
        let refused = try clients[2].receive()
        #expect(refused.status == 429)
        #expect(refused.text == "\(Refusal.tooManyLive(limitBodies: 2))")
        clients[0].close()
        try await eventually("there is room") { server.counts.live == 1 }
        try clients[2].send(request)
        #expect(try clients[2].receiveHead().status == 200)
      }
    }

    @Test func aReaderThatDoesNotReadHoldsOnePieceAndKeepsNobodyWaiting() async throws {
      let feed = TestFeed()
      try await withServer(handler: feed.handler) { server in
        let slow = try RawClient(port: server.port)
        try slow.send(request)
        let quick = try RawClient(port: server.port)
        try quick.send(request)
        #expect(try quick.receiveHead().status == 200)
        try await eventually("both wait") { feed.asked == 2 }
        let piece = String(repeating: "x", count: 60_000)
        let before = residentBytes()
        for number in 1...400 {
          feed.add(piece, wake: server)
          #expect(try quick.receiveChunks(bytes: piece.utf8.count) == Array(piece.utf8), "piece \(number)")
        }
        // 24 MB were made; the feed and the sockets' buffers keep some of it, the server none.
        #expect(isAddressSanitized || residentBytes() < before + (40 << 20))
        #expect(server.counts.live == 2)
        feed.end(wake: server)
        #expect(try slow.receiveHead().status == 200)
        #expect(try slow.receiveChunks().count == 400 * 60_000, "and it gets all of it when it reads")
      }
    }

    @Test func aThrownErrorBreaksOff() async throws {
      let feed = TestFeed()
      try await withServer(handler: feed.handler) { server in
        let client = try RawClient(port: server.port)
        try client.send(request)
        feed.add("whole", wake: server)
        feed.fail(wake: server)
        let all = String(decoding: try client.receiveToEnd(), as: UTF8.self)
        #expect(all.contains("whole"))
        #expect(!all.hasSuffix("0\r\n\r\n"), "no last chunk")
        try await eventually("the connection is freed") { server.counts.connections == 0 && feed.isReleased }
      }
    }

    @Test func headHasNoBodyAndReleasesIt() async throws {
      let feed = TestFeed()
      try await withServer(handler: feed.handler) { server in
        let client = try RawClient(port: server.port)
        try client.send("HEAD /live HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.receive(toHead: true).status == 200)
        try await eventually("it is let go") { server.counts.live == 0 && feed.isReleased }
        #expect(feed.asked == 0)
      }
    }

    @Test func anOldClientGetsPiecesUpToTheClose() async throws {
      let feed = TestFeed()
      try await withServer(handler: feed.handler) { server in
        let client = try RawClient(port: server.port)
        try client.send("GET /live HTTP/1.0\r\n\r\n")
        try await eventually("it waits") { feed.asked == 1 }
        feed.add("piece", wake: server)
        try await eventually("it was sent") { feed.asked >= 2 }
        feed.add("piece", wake: server)
        feed.end(wake: server)
        #expect(try client.receive().text == "piecepiece")
      }
    }

    @Test func aLiveAnswerOfAHandlerThatWaited() async throws {
      let feed = TestFeed()
      let gate = Gate()
      let handler: Handler = { request in
        _ = await gate.pass()
        return await feed.handler(request)
      }
      try await withServer(handler: handler) { server in
        let client = try RawClient(port: server.port)
        try client.send(request)
        try await eventually("it waits") { server.counts.waiting == 1 }
        gate.open()
        feed.add("piece", wake: server)
        #expect(try client.receiveHead().status == 200)
        #expect(try client.receiveChunk() == "piece")
      }
    }
  }
}
