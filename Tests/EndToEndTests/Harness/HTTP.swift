import Foundation
import Glibc
import HTTPClient

/// What a node answered.
struct Answer: Sendable {
  let status: Int
  let headers: Headers
  let body: [UInt8]

  /// The body as text.
  var text: String { String(decoding: body, as: UTF8.self) }

  /// The body as JSON; nil when it is none.
  var json: JSON? { JSON(body) }

  /// The envelope's `message`; empty when there is none.
  var message: String { json?["message"]?.string ?? "" }

  /// The envelope's `data`.
  var data: JSON? { json?["data"] }

  /// A field of the head that holds a whole number; nil when there is none.
  func number(_ name: String) -> Int? { headers[name].flatMap { Int($0) } }

  /// A field of the head; nil when there is none.
  func field(_ name: String) -> String? { headers[name] }

  /// The messages in an answer to `GET /messages`.
  /// - Throws: when it is none.
  var messages: [History.Read.Message] {
    get throws {
      struct Envelope: Decodable { let data: [History.Read.Message] }
      return try JSONDecoder().decode(Envelope.self, from: Data(body)).data
    }
  }

  /// Their texts.
  /// - Throws: when it is none.
  var texts: [String] { get throws { try messages.map(\.text) } }
}

/// Requests as a user makes them, over one client that all tests share.
enum HTTP {
  static let client: Client = {
    // The client's users have to do it; here it is done where the client is made.
    signal(SIGPIPE, SIG_IGN)
    do throws(ClientError) {
      return try Client(connectionsMax: 1024)
    } catch {
      fatalError("no HTTP client: \(error)")
    }
  }()

  /// - Throws: ``ClientError`` when there is no answer.
  static func get(_ url: String, timeout: Duration = .seconds(10)) async throws -> Answer {
    try await send(Request(url: url, timeout: timeout, responseBytesMax: 1 << 30, responseHeaderNames: headerNames))
  }

  /// - Parameters:
  ///   - body: sent as it is.
  ///   - key: of the request; nil for none.
  /// - Throws: ``ClientError`` when there is no answer.
  static func post(
    _ url: String, _ body: String, key: String? = nil, timeout: Duration = .seconds(30)
  ) async throws -> Answer {
    var headers = jsonHeaders
    if let key { headers.add(name: "Idempotency-Key", value: key) }
    return try await send(
      Request(
        method: .post, url: url, headers: headers, body: Array(body.utf8), timeout: timeout,
        responseHeaderNames: headerNames))
  }

  /// - Throws: ``ClientError`` when there is no answer.
  static func delete(_ url: String, timeout: Duration = .seconds(30)) async throws -> Answer {
    try await send(Request(method: .delete, url: url, timeout: timeout, responseHeaderNames: headerNames))
  }

  private static let jsonHeaders: Headers = ["Content-Type": "application/json"]
  private static let headerNames = [
    "Content-Type", "Allow", "Retry-After", "Connection", "Idempotency-Replayed", "Log-Outcome", "Log-Offset",
    "Log-Epoch", "Log-Last-Offset", "Log-Next-Offset",
  ]

  private static func send(_ request: Request) async throws -> Answer {
    let response = try await client.send(request)
    return Answer(status: response.status, headers: response.headers, body: response.body)
  }
}

/// The HTTP interface of one node.
struct NodeClient: Sendable {
  /// `http://host:port`.
  let url: String

  /// `POST /add`.
  /// - Parameters:
  ///   - text: the message.
  ///   - writeConcern: nil to leave it out.
  ///   - timeout: how long this client waits.
  func add(_ text: String, w writeConcern: Int? = nil, timeout: Duration = .seconds(30)) async throws -> Answer {
    let concern = writeConcern.map { #","write_concern":\#($0)"# } ?? ""
    return try await HTTP.post("\(url)/add", #"{"data":\#(JSON.quoted(text))\#(concern)}"#, timeout: timeout)
  }

  /// The texts of `GET /messages`.
  func messages() async throws -> [String] {
    try await HTTP.get("\(url)/messages").texts
  }

  /// `data` of `GET /health`.
  func health() async throws -> JSON {
    let answer = try await HTTP.get("\(url)/health", timeout: .seconds(2))
    guard answer.status == 200, let data = answer.data else { throw HarnessError("no health: \(answer.text)") }
    return data
  }

  /// `POST /replicate`, as a person does it by hand.
  func replicate(_ text: String, at sequenceID: Int) async throws -> Answer {
    try await HTTP.post(
      "\(url)/replicate", #"{"data":{"text":\#(JSON.quoted(text)),"sequence_id":\#(sequenceID)}}"#)
  }
}
