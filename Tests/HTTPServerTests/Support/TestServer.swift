import HTTPClient
import HTTPServer

/// Answers refusals with a status of their own and their description.
@Sendable func refusalResponse(_ refusal: Refusal, to request: HTTPServer.Request) -> HTTPServer.Response {
  let status =
    switch refusal {
    case .headTooLarge: 431
    case .bodyTooLarge: 413
    case .bodiesTooLargeTogether: 507
    case .malformed: 400
    case .tooManyLive: 429
    case .stopping: 503
    case .stoppedWhileHandling: 504
    }
  return HTTPServer.Response(status: status, body: .bytes(Array("\(refusal)".utf8)))
}

extension HTTPServer.Response {
  /// 200 with this text.
  static func text(_ text: String) -> Self {
    Self(
      status: 200, headers: [Header(name: "Content-Type", value: "text/plain")], body: .bytes(Array(text.utf8)))
  }
}

/// Whose thread a server under test runs on, and what it does with those that wait.
enum ServingThread: CaseIterable {
  /// Its own; who waits is suspended at once.
  case own
  /// A client's; who waits is held at first.
  case clients
  /// A client's; who waits is held all the time.
  case clientsHolding

  /// Where a wait of any length is tested.
  static let suspending = [own, clients]
}

/// Runs a server on a free port around `body`.
func withServer(
  host: String = "127.0.0.1", on thread: ServingThread = .own, limits: ServerLimits = ServerLimits(),
  headersCopied: [String] = [], prompt: PromptHandler? = nil, handler: @escaping Handler,
  _ body: (Server) async throws -> Void
) async throws {
  func serve(on client: Client?, holdMax: Duration) async throws {
    var limits = limits
    limits.holdMax = holdMax
    let socket = try ListeningSocket.bind(host: host, port: 0)
    let server = try Server.start(
      on: socket, limits: limits, host: client?.host, headersCopied: headersCopied, refuse: refusalResponse,
      prompt: prompt, handler: handler)
    do {
      try await body(server)
    } catch {
      await server.stop(grace: .zero)
      throw error
    }
    await server.stop(grace: .zero)
  }
  switch thread {
  case .own: try await serve(on: nil, holdMax: .zero)
  case .clients: try await withClient { try await serve(on: $0, holdMax: limits.holdMax) }
  case .clientsHolding: try await withClient { try await serve(on: $0, holdMax: .seconds(600)) }
  }
}

/// Runs a client, on whose thread servers may be served, around `body`.
func withClient(_ body: (Client) async throws -> Void) async throws {
  let client = try Client()
  do {
    try await body(client)
  } catch {
    await client.shutDown()
    throw error
  }
  await client.shutDown()
}

/// Says what it received.
@Sendable func echo(_ request: HTTPServer.Request) async -> HTTPServer.Response {
  .text("\(request.method) \(request.path) \(request.body.count)")
}
