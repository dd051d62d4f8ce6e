import HTTPServer

/// Which handler answers which method on which path.
struct Router: Sendable {
  typealias RouteHandler = @Sendable (Request) async throws(Rejection) -> Response

  private let routes: [String: [String: RouteHandler]]
  /// The routes with a parameter, by what comes before it.
  private let templates: [Substring: String]
  private let parameters: [String: [String]]
  private let reject: @Sendable (Rejection, Request) -> Response

  /// - Parameters:
  ///   - routes: handlers by path and method; a path may end with a parameter, as `/messages/{offset}`, which stands for one
  ///     character or more. One for GET answers HEAD too.
  ///   - parameters: the names that a path's query may have; none where it isn't named.
  ///   - reject: makes the answer to a request that is not carried out.
  init(
    _ routes: [String: [String: RouteHandler]], parameters: [String: [String]] = [:],
    reject: @escaping @Sendable (Rejection, Request) -> Response = { rejection, _ in rejection.response }
  ) {
    self.routes = routes
    self.parameters = parameters
    self.reject = reject
    templates = routes.keys.reduce(into: [:]) { templates, route in
      if let brace = route.firstIndex(of: "{") { templates[route[..<brace]] = route }
    }
  }

  /// The methods of every route, as `Allow` has them.
  var methods: [String: [String]] { routes.mapValues { Self.allowed($0) } }

  private static func allowed(_ methods: [String: RouteHandler]) -> [String] {
    methods.keys.sorted().flatMap { $0 == "GET" ? ["GET", "HEAD"] : [$0] }
  }

  /// Answers a request: with its handler's answer, or with 404, 405, 422 or what the handler rejected it with.
  @Sendable func respond(to request: Request) async -> Response {
    do throws(Rejection) {
      return try await handler(for: request)(request)
    } catch {
      return reject(error, request)
    }
  }

  private func handler(for request: Request) throws(Rejection) -> RouteHandler {
    let route = route(of: request.path)
    guard let methods = routes[route] else {
      let known = routes.keys.sorted().joined(separator: ", ")
      throw Rejection(status: 404, message: "unknown path: this node has \(known)")
    }
    guard let handler = methods[request.method == "HEAD" ? "GET" : request.method] else {
      let allowed = Self.allowed(methods)
      throw Rejection(
        status: 405, message: "\(route) takes \(allowed.joined(separator: ", "))", allow: allowed)
    }
    // A parameter that is silently ignored would mislead.
    let known = parameters[route, default: []]
    if let item = request.query.first(where: { !known.contains($0.name) }) {
      let names = known.isEmpty ? "none" : known.joined(separator: ", ")
      throw .notAllowed("unknown query parameter '\(item.name)': \(route) takes \(names)")
    }
    return handler
  }

  /// The route that a path goes to.
  private func route(of path: String) -> String {
    // The usual request is found at once.
    guard routes[path] == nil, let slash = path.dropFirst().firstIndex(of: "/"),
      path.index(after: slash) < path.endIndex
    else { return path }
    return templates[path[...slash]] ?? path
  }
}

extension Router {
  /// The parameters of every path that takes some.
  static let queryNames = [
    MessageReading.path: MessagesQuery.names, Receipt.route: ReceiptQuery.names,
    KeyRequest.route: KeyRequest.queryNames,
  ]
}
