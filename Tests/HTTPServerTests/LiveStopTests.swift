import Glibc
import HTTPServer
import Locking
import Testing

private let request = "GET /live HTTP/1.1\r\nHost: a\r\n\r\n"

extension HTTPServerTests {
  @Suite struct LiveStop {
    private func start(limits: ServerLimits = ServerLimits(), _ feed: TestFeed) throws -> Server {
      let socket = try ListeningSocket.bind(host: "127.0.0.1", port: 0)
      return try Server.start(on: socket, limits: limits, refuse: refusalResponse, handler: feed.handler)
    }

    @Test func aStopEndsLiveBodiesAtOnceAndGivesAllBack() async throws {
      let descriptors = processCount("fd")
      let feed = TestFeed()
      let server = try start(feed)
      let clients = try (1...100).map { _ in try RawClient(port: server.port) }
      for client in clients { try client.send(request) }
      for client in clients { #expect(try client.receiveHead().status == 200) }
      feed.add("piece", wake: server)
      for client in clients { #expect(try client.receiveChunk() == "piece") }
      let begin = ContinuousClock.now
      await server.stop(grace: .seconds(30))
      #expect(ContinuousClock.now - begin < .seconds(2))
      for client in clients { #expect(try client.receiveChunk() == "", "with its last chunk") }
      #expect(server.counts == ServerCounts(connections: 0, handling: 0, waiting: 0, bodyBytes: 0, live: 0))
      for client in clients { client.close() }
      #expect(processCount("fd") <= descriptors + 2, "its own socket and the wake-up descriptor at most")
      try await eventually("they are released") { feed.isReleased }
    }

    @Test func aReaderThatDoesNotReadHoldsAStopUpNoLongerThanTheGraces() async throws {
      let feed = TestFeed()
      let server = try start(feed)
      let client = try RawClient(port: server.port)
      try client.send(request)
      let piece = String(repeating: "x", count: 8 << 20)
      feed.add(piece, wake: server)
      try await eventually("it is being sent") { feed.asked >= 1 && server.counts.live == 1 }
      let begin = ContinuousClock.now
      await server.stop(grace: .milliseconds(100))
      #expect(ContinuousClock.now - begin < .seconds(4))
      #expect(server.counts == ServerCounts(connections: 0, handling: 0, waiting: 0, bodyBytes: 0, live: 0))
    }

    @Test func aBodyThatIsAskedWhenTheStopIsOverDoesNotWait() async throws {
      var limits = ServerLimits()
      (limits.cancelGrace, limits.flushGrace) = (.milliseconds(1), .milliseconds(1))
      let feed = TestFeed()
      let isAsked = Gate()
      feed.beforeNothing {
        isAsked.open()
        // Longer than all graces together.
        usleep(300_000)
      }
      let server = try start(limits: limits, feed)
      let client = try RawClient(port: server.port)
      try client.send(request)
      _ = await isAsked.pass()
      await server.stop(grace: .milliseconds(1))
      #expect(server.counts == ServerCounts(connections: 0, handling: 0, waiting: 0, bodyBytes: 0, live: 0))
    }

    /// Readers come and hang up, wake-ups come from several threads, and the server stops in the midst.
    @Test(arguments: 1...5) func stoppingUnderLoadCrashesNothing(round: Int) async throws {
      var limits = ServerLimits()
      limits.hangUpCheckInterval = .milliseconds(1)
      let feed = TestFeed(pause: .milliseconds(round % 3))
      let server = try start(limits: limits, feed)
      let isOver = Locked(false)
      let ended = Gate()
      let running = Locked(4)
      for number in 0..<4 {
        detachThread {
          var clients: [RawClient] = []
          var turn = number
          while !isOver.withLock({ $0 }), let client = try? RawClient(port: server.port) {
            turn += 1
            guard (try? client.send(request)) != nil else { continue }
            clients.append(client)
            if clients.count > 20 { clients.remove(at: turn % 20).close() }
            // Not so much that the socket of a client that doesn't read is full.
            if turn.isMultiple(of: 8) { feed.add("piece", wake: server) }
          }
          if running.withLock({
            $0 -= 1; return $0 == 0
          }) {
            ended.open()
          }
        }
      }
      try await eventually("many are live") { server.counts.live > 40 }
      try await Task.sleep(for: .milliseconds(round * 3))
      await server.stop(grace: .milliseconds(200))
      isOver.withLock { $0 = true }
      _ = await ended.pass()
      #expect(server.counts == ServerCounts(connections: 0, handling: 0, waiting: 0, bodyBytes: 0, live: 0))
      try await eventually("all are released") { feed.isReleased }
    }
  }
}
