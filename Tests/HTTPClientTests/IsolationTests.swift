import HTTPClient
import Locking
import Testing

/// An actor that lives on the client's thread, as a sender of replication does.
private actor Neighbour {
  private let client: Client
  private let server: TestServer
  private var remaining: Int
  private var stepsOnThread = 0

  init(client: Client, server: TestServer, requests: Int) {
    self.client = client
    self.server = server
    remaining = requests
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor { client.unownedExecutor }

  var isDone: Bool { remaining == 0 }
  var steps: Int { stepsOnThread }

  /// Sends the next request from a turn, and the rest each from the completion of the one before: no task, no hop.
  func pump() {
    stepsOnThread += 1
    if remaining > 0 { post() }
  }

  private nonisolated func post() {
    client.assumeIsolated { client in
      _ = client.start(Request(method: .post, url: server.url(), body: [1])) { result in
        self.assumeIsolated { $0.take(result) }
      }
    }
  }

  private func take(_ result: Result<Response, ClientError>) {
    if case .success = result { remaining -= 1 }
    pump()
  }
}

@Suite struct IsolationTests {
  @Test func anActorThatSharesTheExecutorIsEnteredFromTurnsAndCompletionsWithoutATask() async throws {
    try await withServer({ _ in .reply() }) { server, client in
      let neighbour = Neighbour(client: client, server: server, requests: 20)
      let isBegun = Locked(false)
      await client.run { client in
        client.onTurn {
          neighbour.assertIsolated()
          client.preconditionIsolated()
          let begins = isBegun.withLock { isBegun in
            defer { isBegun = true }
            return !isBegun
          }
          if begins { neighbour.assumeIsolated { $0.pump() } }
          return nil
        }
      }
      var isDone = false
      #expect(await eventually { server.seen.requests.count == 20 })
      while !isDone { isDone = await neighbour.isDone }
      #expect(await neighbour.steps == 21)
      #expect(server.seen.connectionsAccepted == 1)
    }
  }

  @Test func anotherThreadIsNotIsolated() async {
    await #expect(processExitsWith: .failure) {
      guard let client = try? Client() else { return }
      enter(client)
    }
  }

  @Test func theClientsThreadIsNotThatOfAnotherClient() async {
    await #expect(processExitsWith: .failure) {
      guard let one = try? Client(), let other = try? Client() else { return }
      await one.run { _ in enter(other) }
    }
  }

  @Test func aCompletionIsNeverCalledFromInsideStart() async throws {
    try await withServer({ _ in .reply() }) { server, client in
      let calls = Locked(0)
      let callsDuringStart = await client.run { client in
        // This one fails at once.
        client.start(Request(url: "nonsense://")) { _ in calls.withLock { $0 += 1 } }
        client.start(Request(url: server.url(), headers: ["": ""])) { _ in calls.withLock { $0 += 1 } }
        return calls.withLock { $0 }
      }
      #expect(callsDuringStart == 0)
      #expect(await eventually { calls.withLock { $0 } == 2 })
    }
  }
}

/// Traps unless it is called on the client's thread.
private func enter(_ client: Client) {
  client.assumeIsolated { _ in }
}
