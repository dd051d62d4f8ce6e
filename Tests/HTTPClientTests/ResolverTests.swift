import Glibc
import HTTPClient
import Testing

@Suite struct ResolverTests {
  @Test func aNameThatDoesNotExistIsNotResolvedAndHoldsUpNobody() async throws {
    try await withServer({ _ in .reply() }) { server, client in
      // A label above 63 bytes: the system refuses it without asking a name server.
      let name = String(repeating: "a", count: 64)
      async let unresolved = failure(client, Request(url: "http://\(name):6062/"))
      for _ in 0..<20 { _ = try await client.send(Request(url: server.url())) }
      let error = try await unresolved
      #expect(error.kind == .couldNotResolve)
      #expect(error.detail.contains(name))
    }
  }

  @Test func aNameServerThatDoesNotAnswerHoldsUpNobody() async {
    // In a process of its own: the environment belongs to all threads, and some of them never end.
    await #expect(processExitsWith: .success) {
      await exchangeDespiteHangingResolver()
    }
  }
}

/// Makes the system's resolver hang without being root and without the network: it looks a name without a dot up in the
/// file HOSTALIASES first, and opening a FIFO that nobody writes to takes for ever. *hostname(7)*.
private func exchangeDespiteHangingResolver() async {
  let fifo = "\(P_tmpdir)/replog-test-fifo-\(getpid())"
  guard mkfifo(fifo, 0o600) == 0 else { exit(2) }
  defer { unlink(fifo) }
  setenv("HOSTALIASES", fifo, 1)
  // Without CURLOPT_QUICK_EXIT the loop joins the thread that hangs, and this process would too.
  alarm(30)
  do {
    try await withServer({ _ in .reply() }) { server, client in
      let requests = [
        Request(url: "http://hanging:1/", timeout: .milliseconds(50)),
        Request(url: "http://hanging:1/", connectTimeout: .milliseconds(50)),
      ]
      for request in requests {
        let error = try await failure(client, request)
        #expect(error.kind == .timedOut)
        #expect(error.detail.hasPrefix("Resolving timed out"))
        _ = try await client.send(Request(url: server.url()))
      }
      let cancelled = Task { try await client.send(Request(url: "http://hanging:1/")) }
      // Something else is answered, so the one to be cancelled has begun.
      _ = try await client.send(Request(url: server.url()))
      cancelled.cancel()
      let error = await #expect(throws: ClientError.self) { try await cancelled.value }
      #expect(error?.kind == .cancelled)
      // One that is still being resolved when the client ends.
      async let stopped = failure(client, Request(url: "http://hanging:1/"))
      _ = try await client.send(Request(url: server.url()))
      await client.shutDown()
      let end = try await stopped
      #expect(end.kind == .stopped)
    }
  } catch {
    Issue.record(error)
  }
}
