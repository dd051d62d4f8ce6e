import HTTPClient
import Locking
import Testing

@Suite(.timeLimit(.minutes(1))) struct ShutDownTests {
  @Test func whatIsInFlightEndsAsStoppedAndWhatComesLaterToo() async throws {
    let server = try TestServer { _ in .hold }
    defer { server.stop() }
    let client = try Client()
    let kinds = await withTaskGroup(of: ClientError.Kind?.self) { group in
      for _ in 0..<50 {
        group.addTask { try? await failure(client, Request(method: .post, url: server.url(), body: [1])).kind }
      }
      #expect(await eventually { server.seen.requests.count == 50 })
      await client.shutDown()
      #expect(await eventually { server.seen.connectionsLeft == 50 })
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(kinds == .init(repeating: .stopped, count: 50))
    let later = try await failure(client, Request(url: server.url()))
    #expect(later.kind == .stopped)
  }

  @Test func itMayBeCalledByManyAtOnceAndAgain() async throws {
    for _ in 0..<20 {
      let client = try Client()
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<8 { group.addTask { await client.shutDown() } }
      }
      await client.shutDown()
      client.wake()
    }
  }

  @Test func completionsOfWhatWasInFlightHaveBeenCalledWhenItReturns() async throws {
    let server = try TestServer { _ in .hold }
    defer { server.stop() }
    let client = try Client()
    let ends = Locked<[Result<Response, ClientError>]>([])
    await client.run { client in
      for _ in 0..<10 {
        client.start(Request(url: server.url())) { result in ends.withLock { $0.append(result) } }
      }
    }
    await client.shutDown()
    #expect(ends.withLock { $0 } == .init(repeating: .failure(ClientError(.stopped)), count: 10))
  }

  @Test func underLoadEveryRequestEndsOnce() async throws {
    let server = try TestServer { .reply(body: $0.body) }
    defer { server.stop() }
    for _ in 0..<10 {
      let client = try Client()
      let before = server.seen.requests.count
      await withTaskGroup(of: Int.self) { group in
        for _ in 0..<32 {
          group.addTask {
            var answers = 0
            while true {
              do throws(ClientError) {
                _ = try await client.send(Request(method: .post, url: server.url(), body: [1]))
                answers += 1
              } catch {
                #expect(error.kind == .stopped)
                return answers
              }
            }
          }
        }
        #expect(await eventually { server.seen.requests.count > before + 100 })
        await client.shutDown()
        let answers = await group.reduce(0, +)
        #expect(answers > 0)
      }
    }
  }

  @Test func jobsThatComeLateAreRunOneAtATime() async throws {
    let client = try Client()
    let counter = Counter(client: client)
    await client.shutDown()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<2_000 { group.addTask { await counter.increment() } }
    }
    #expect(await counter.value == 2_000)
  }

  @Test func jobsAreNeitherLostNorDoubledWhileItEnds() async throws {
    for _ in 0..<20 {
      let client = try Client()
      let counter = Counter(client: client)
      await withTaskGroup(of: Void.self) { group in
        for index in 0..<200 {
          group.addTask { await counter.increment() }
          if index == 100 { group.addTask { await client.shutDown() } }
        }
      }
      #expect(await counter.value == 200)
    }
  }

  @Test func aTransferStartedLateEndsAsStopped() async throws {
    let client = try Client()
    await client.shutDown()
    let kind: ClientError.Kind? = await withCheckedContinuation { continuation in
      Task {
        await client.run { client in
          client.start(Request(url: "http://127.0.0.1:1/")) { result in
            client.assertIsolated()
            if case .failure(let error) = result { continuation.resume(returning: error.kind) }
          }
        }
      }
    }
    #expect(kind == .stopped)
  }

  @Test func aClientThatNobodyHoldsEndsByItself() async throws {
    let server = try TestServer { _ in .reply() }
    defer { server.stop() }
    do {
      let client = try Client()
      _ = try await client.send(Request(url: server.url()))
    }
    #expect(await eventually { server.seen.connectionsLeft == 1 })
  }

  @Test func theTurnsBodyIsForgotten() async throws {
    final class Held: Sendable {}
    let client = try Client()
    weak var held: Held?
    do {
      let strong = Held()
      held = strong
      await client.run { client in
        client.onTurn {
          withExtendedLifetime(strong) {}
          return nil
        }
      }
    }
    #expect(held != nil)
    await client.shutDown()
    #expect(held == nil)
  }
}

/// Counts without a lock, on the client's executor: two at a time would lose counts.
private actor Counter {
  private let client: Client
  var value = 0

  init(client: Client) {
    self.client = client
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor { client.unownedExecutor }

  func increment() {
    assertIsolated()
    value += 1
  }
}
