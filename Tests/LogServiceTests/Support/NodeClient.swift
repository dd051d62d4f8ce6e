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
    _ method: String, _ path: String, _ body: [UInt8] = [], contentType: String = "application/json"
  ) async throws -> Answer {
    switch way {
    case .inProcess:
      let request = HTTPServer.Request(
        method: method, path: path, headers: [HTTPServer.Header(name: "content-type", value: contentType)], body: body)
      return try Answer(await router.respond(to: request))
    case .overSockets:
      let names = ["Content-Type", "Retry-After", "Allow", "Content-Length"]
      let response = try await http.send(
        HTTPClient.Request(
          method: method == "POST" ? .post : .get, url: url + path, headers: ["Content-Type": contentType], body: body,
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
