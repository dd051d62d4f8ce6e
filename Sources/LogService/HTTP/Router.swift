import HTTPServer

/// Which handler answers which method on which path.
struct Router: Sendable {
  typealias RouteHandler = @Sendable (Request) async throws(Rejection) -> Response

  private let routes: [String: [String: RouteHandler]]

  /// - Parameter routes: handlers by path and method. One for GET answers HEAD too.
  init(_ routes: [String: [String: RouteHandler]]) {
    self.routes = routes
  }

  /// Answers a request: with its handler's answer, or with 404, 405, 422 or what the handler rejected it with.
  @Sendable func respond(to request: Request) async -> Response {
    do throws(Rejection) {
      return try await handler(for: request)(request)
    } catch {
      return error.response
    }
  }

  private func handler(for request: Request) throws(Rejection) -> RouteHandler {
    guard let methods = routes[request.path] else {
      let known = routes.keys.sorted().joined(separator: ", ")
      throw Rejection(status: 404, message: "unknown path: this node has \(known)")
    }
    guard let handler = methods[request.method == "HEAD" ? "GET" : request.method] else {
      let allowed = methods.keys.sorted().flatMap { $0 == "GET" ? ["GET", "HEAD"] : [$0] }
      throw Rejection(
        status: 405, message: "\(request.path) takes \(allowed.joined(separator: ", "))", allow: allowed)
    }
    // No path has a parameter yet: one that is silently ignored would mislead.
    if let item = request.query.first {
      throw .notAllowed("unknown query parameter '\(item.name)': \(request.path) takes none")
    }
    return handler
  }
}
