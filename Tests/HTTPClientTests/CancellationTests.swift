import HTTPClient
import Locking
import Testing

@Suite struct CancellationTests {
  @Test func aCancelledTaskEndsItsTransferAndTheServerSeesItGo() async throws {
    try await withServer({ $0.target == "/hang" ? .hold : .reply() }) { server, client in
      for round in 1...10 {
        let hung = Task { try await client.send(Request(method: .post, url: server.url("/hang"), body: [1])) }
        #expect(await eventually { server.seen.requests.count == round })
        hung.cancel()
        let error = await #expect(throws: ClientError.self) { try await hung.value }
        #expect(error?.kind == .cancelled)
        #expect(await eventually { server.seen.connectionsLeft == round })
      }
      // The handles that were cancelled serve again.
      let response = try await client.send(Request(url: server.url()))
      #expect(response.status == 200)
    }
  }

  @Test func aTaskCancelledBeforehandSendsNothing() async throws {
    try await withServer({ _ in .reply() }) { server, client in
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        _ = try await client.send(Request(url: server.url()))
      }
      let error = await #expect(throws: ClientError.self) { try await task.value }
      #expect(error?.kind == .cancelled)
      _ = try await client.send(Request(url: server.url("/after")))
      #expect(server.seen.requests.map(\.target) == ["/after"])
    }
  }

  @Test func cancellingAtAnyMomentGivesOneResult() async throws {
    try await withServer({ _ in .reply() }) { server, client in
      let kinds = await withTaskGroup(of: ClientError.Kind?.self) { group in
        for index in 0..<500 {
          group.addTask {
            let task = Task { () -> ClientError.Kind? in
              do throws(ClientError) {
                _ = try await client.send(Request(method: .post, url: server.url(), timeout: .seconds(60)))
                return nil
              } catch {
                return error.kind
              }
            }
            for _ in 0..<index % 50 { await Task.yield() }
            task.cancel()
            return await task.value
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(kinds.count == 500)
      #expect(kinds.allSatisfy { $0 == nil || $0 == .cancelled })
    }
  }

  @Test func aStartedTransferCanBeCancelledOnce() async throws {
    try await withServer({ $0.target == "/hang" ? .hold : .reply() }) { server, client in
      let ends = Locked<[ClientError.Kind?]>([])
      let hung = await client.run { client in
        client.start(Request(url: server.url("/hang"))) { result in
          ends.withLock { $0.append(kind(result)) }
        }
      }
      #expect(await eventually { server.seen.requests.count == 1 })
      await client.cancel(hung)
      await client.cancel(hung)
      #expect(await eventually { server.seen.connectionsLeft == 1 })
      #expect(ends.withLock { $0 } == [.cancelled])
    }
  }
}

private func kind(_ result: Result<Response, ClientError>) -> ClientError.Kind? {
  switch result {
  case .success: nil
  case .failure(let error): error.kind
  }
}
