import HTTPClient
import HTTPServer

@testable import LogService

extension NodeClient {
  /// The names of the answer's header fields that a reader may look at.
  private static let headersSeen = [
    "Content-Type", "Content-Length", "ETag", "Cache-Control", "Vary", "Link", "Log-Next-Offset", "Log-Last-Offset",
    "Log-Lag-Entries", "Log-Staleness-Ms", "Retry-After",
  ]

  /// `GET` of a path with its query, with these header fields.
  func read(_ target: String, _ headers: [String: String] = [:]) async throws -> Answer {
    switch way {
    case .inProcess:
      let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
      let items = parts.count == 1 ? [] : parts[1].split(separator: "&")
      let query = items.map { item in
        let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return QueryItem(name: pair[0], value: pair.count == 1 ? nil : pair[1])
      }
      let request = HTTPServer.Request(
        method: "GET", path: parts[0], query: query,
        headers: headers.map { HTTPServer.Header(name: $0.key.lowercased(), value: $0.value) })
      return try Answer(await router.respond(to: request))
    case .overSockets:
      let response = try await http.send(
        HTTPClient.Request(
          method: .get, url: url + target,
          headers: Headers(headers.map { Headers.Field(name: $0.key, value: $0.value) }), timeout: .seconds(60),
          responseBytesMax: 64 << 20, responseHeaderNames: Self.headersSeen))
      var seen: [String: String] = [:]
      for name in Self.headersSeen { seen[name.lowercased()] = response.headers[name] }
      return Answer(status: response.status, body: response.body, headers: seen)
    }
  }

  /// `read` that goes on beside the test.
  func reading(_ target: String, _ headers: [String: String] = [:]) -> Pending {
    Pending { try await read(target, headers) }
  }
}

extension Answer {
  /// The texts of an answer with one JSON object per line.
  var lines: [String] { text.split(separator: "\n").map(String.init) }
  var nextOffset: Int? { headers["log-next-offset"].flatMap { Int($0) } }
  var lastOffset: Int? { headers["log-last-offset"].flatMap { Int($0) } }
}
