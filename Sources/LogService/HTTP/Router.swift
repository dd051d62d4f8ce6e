import HTTPServer

/// Which handler answers which method on which path.
struct Router: Sendable {
  typealias RouteHandler = @Sendable (Request) async throws(Rejection) -> Response

  private let routes: [String: [String: RouteHandler]]
  private let query: [String: Set<String>]

  /// - Parameters:
  ///   - routes: handlers by path and method. One for GET answers HEAD too. A path that ends with a slash stands for all that
  ///     begin with it and go on.
  ///   - query: the names of the query parameters that a path takes; none where it isn't listed.
  init(_ routes: [String: [String: RouteHandler]], query: [String: Set<String>] = [:]) {
    self.routes = routes
    self.query = query
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
    let path = path(of: request)
    guard let methods = routes[path] else {
      let known = routes.keys.sorted().joined(separator: ", ")
      throw Rejection(status: 404, message: "unknown path: this node has \(known)")
    }
    guard let handler = methods[request.method == "HEAD" ? "GET" : request.method] else {
      let allowed = methods.keys.sorted().flatMap { $0 == "GET" ? ["GET", "HEAD"] : [$0] }
      throw Rejection(
        status: 405, message: "\(path) takes \(allowed.joined(separator: ", "))", allow: allowed)
    }
    // One that is silently ignored would mislead.
    let known = query[path] ?? []
    if let item = request.query.first(where: { !known.contains($0.name) }) {
      let allowed = known.isEmpty ? "none" : known.sorted().joined(separator: ", ")
      throw .notAllowed("unknown query parameter '\(item.name)': \(path) takes \(allowed)")
    }
    return handler
  }

  /// The path among the routes that a request goes to.
  private func path(of request: Request) -> String {
    guard routes[request.path] == nil, let slash = request.path.dropFirst().firstIndex(of: "/") else {
      return request.path
    }
    let prefix = String(request.path[...slash])
    return prefix.utf8.count < request.path.utf8.count && routes[prefix] != nil ? prefix : request.path
  }
}
