import HTTPClient
import HTTPServer
import Locking

@testable import LogService

/// The two ways to a node: the same test body goes both.
enum Way: String, CaseIterable, Sendable {
  /// The node's router is called.
  case inProcess
  /// A request travels over a TCP connection.
  case overSockets
}

/// A client of one node.
struct NodeClient: Sendable {
  let way: Way
  let router: Router
  let url: String
  let http: Client

  func send(
    _ method: String, _ path: String, _ body: [UInt8] = [], contentType: String = "application/json",
    headers more: [String: String] = [:]
  ) async throws -> Answer {
    switch way {
    case .inProcess:
      let parts = path.split(separator: "?", maxSplits: 1).map { String($0) }
      let query = (parts.count > 1 ? parts[1] : "").split(separator: "&").map { item in
        let pair = item.split(separator: "=", maxSplits: 1).map { String($0) }
        return QueryItem(name: pair[0], value: pair.count > 1 ? pair[1] : nil)
      }
      let headers = more.map { HTTPServer.Header(name: $0.key, value: $0.value) }
      let request = HTTPServer.Request(
        method: method, path: parts.first ?? "", query: query,
        headers: [HTTPServer.Header(name: "content-type", value: contentType)] + headers, body: body)
      return try Answer(await router.respond(to: request))
    case .overSockets:
      let names =
        ["Content-Type", "Retry-After", "Allow", "Content-Length", "Location", "Preference-Applied"]
        + ["Log-Outcome", "Log-Offset", "Log-Last-Offset", "Log-Epoch"]
      let fields = [("Content-Type", contentType)] + more.map { ($0.key, $0.value) }
      let sent = Headers(fields.map { Headers.Field(name: $0.0, value: $0.1) })
      let response = try await http.send(
        HTTPClient.Request(
          method: method == "POST" ? .post : .get, url: url + path, headers: sent, body: body,
          timeout: .seconds(60), responseBytesMax: 64 << 20, responseHeaderNames: names))
      var headers: [String: String] = [:]
      for name in names { headers[name.lowercased()] = response.headers[name] }
      return Answer(status: response.status, body: response.body, headers: headers)
    }
  }

  func get(_ path: String) async throws -> Answer { try await send("GET", path) }

  func post(_ path: String, _ json: String) async throws -> Answer { try await send("POST", path, Array(json.utf8)) }

  /// `POST /add` of a plain text; nil leaves the write concern out.
  func add(_ text: String, w writeConcern: Int?) async throws -> Answer {
    let member = writeConcern.map { #","write_concern":\#($0)"# } ?? ""
    return try await post("/add", #"{"data":"\#(text)"\#(member)}"#)
  }

  /// `POST /add` of any body, with header fields.
  func add(json: String, _ headers: [String: String] = [:]) async throws -> Answer {
    try await send("POST", "/add", Array(json.utf8), headers: headers)
  }

  /// The same, going on beside the test.
  func adding(json: String, _ headers: [String: String] = [:]) -> Pending {
    Pending { try await add(json: json, headers) }
  }

  /// `add` that goes on beside the test.
  func adding(_ text: String, w writeConcern: Int?) -> Pending {
    Pending { try await add(text, w: writeConcern) }
  }
}

/// A request under way.
final class Pending: Sendable {
  private let end = Locked<Answer?>(nil)
  private let task: Task<Answer, any Error>

  init(_ request: @escaping @Sendable () async throws -> Answer) {
    let end = end
    task = Task {
      let answer = try await request()
      end.withLock { $0 = answer }
      return answer
    }
  }

  /// Whether the answer has come.
  var isAnswered: Bool { end.withLock { $0 != nil } }

  /// Waits for it.
  var answer: Answer {
    get async throws { try await task.value }
  }

  /// The client hangs up.
  func hangUp() { task.cancel() }
}
