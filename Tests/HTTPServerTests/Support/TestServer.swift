import HTTPServer

/// Answers refusals with a status of their own and their description.
@Sendable func refusalResponse(_ refusal: Refusal, to request: Request) -> Response {
  let status =
    switch refusal {
    case .bodyTooLarge: 413
    case .bodiesTooLargeTogether: 507
    case .malformed: 400
    case .tooManyLive: 429
    case .stopping: 503
    case .stoppedWhileHandling: 504
    }
  return Response(status: status, body: .bytes(Array("\(refusal)".utf8)))
}

extension Response {
  /// 200 with this text.
  static func text(_ text: String) -> Response {
    Response(
      status: 200, headers: [Header(name: "Content-Type", value: "text/plain")], body: .bytes(Array(text.utf8)))
  }
}

/// Runs a server on a free port around `body`.
func withServer(
  host: String = "127.0.0.1", limits: ServerLimits = ServerLimits(), headersCopied: [String] = [],
  handler: @escaping Handler, _ body: (Server) async throws -> Void
) async throws {
  let socket = try ListeningSocket.bind(host: host, port: 0)
  let server = try Server.start(
    on: socket, limits: limits, headersCopied: headersCopied, refuse: refusalResponse, handler: handler)
  do {
    try await body(server)
  } catch {
    await server.stop(grace: .zero)
    throw error
  }
  await server.stop(grace: .zero)
}

/// Says what it received.
@Sendable func echo(_ request: Request) async -> Response {
  .text("\(request.method) \(request.path) \(request.body.count)")
}
