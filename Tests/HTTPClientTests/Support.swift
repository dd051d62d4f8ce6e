import HTTPClient
import Testing

/// Waits for something that other threads bring about.
///
/// - Returns: false when it did not come about in time.
func eventually(within limit: Duration = .seconds(20), _ condition: () -> Bool) async -> Bool {
  let clock = ContinuousClock()
  let deadline = clock.now + limit
  while !condition() {
    if clock.now > deadline { return false }
    try? await Task.sleep(for: .milliseconds(1))
  }
  return true
}

/// Runs `body` with a server and a client, and ends both.
func withServer(
  _ answer: @escaping @Sendable (TestServer.Received) -> TestServer.Answer,
  connectionsMax: Int = 1024,
  _ body: (TestServer, Client) async throws -> Void
) async throws {
  let server = try TestServer(answer)
  defer { server.stop() }
  let client = try Client(connectionsMax: connectionsMax)
  do {
    try await body(server, client)
  } catch {
    await client.shutDown()
    throw error
  }
  await client.shutDown()
}

/// The error of a request that has to fail.
func failure(_ client: Client, _ request: Request) async throws -> ClientError {
  try await #require(throws: ClientError.self) { _ = try await client.send(request) }
}

extension Client {
  /// Runs `body` on the client's thread.
  func run<Value: Sendable>(_ body: @Sendable (isolated Client) -> Value) -> Value {
    body(self)
  }
}

/// Bytes for the rest of a body.
struct Elsewhere: StableBytes {
  let bytes: [UInt8]

  var count: Int { bytes.count }

  func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try bytes.span.withUnsafeBytes { (raw) throws(Failure) in try body(raw) }
  }
}
