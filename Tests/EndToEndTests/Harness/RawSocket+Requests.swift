/// Requests over a raw connection.
extension RawSocket {
  /// The bytes of a request with a `Content-Length`.
  ///
  /// - Parameters:
  ///   - line: such as `POST /add`.
  ///   - fields: more header lines.
  ///   - body: what follows the head.
  static func request(_ line: String, _ fields: [String] = [], body: [UInt8] = []) -> [UInt8] {
    let lines = ["\(line) HTTP/1.1", "Host: 127.0.0.1", "Content-Length: \(body.count)"] + fields
    return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
  }

  /// The bytes of `POST /add`.
  static func add(_ text: String, w writeConcern: Int) -> [UInt8] {
    request("POST /add", body: Array(#"{"data":\#(JSON.quoted(text)),"write_concern":\#(writeConcern)}"#.utf8))
  }

  /// One request and its answer on a connection of their own.
  static func exchange(
    port: Int, _ line: String, _ fields: [String] = [], body: [UInt8] = [], within: Duration = .seconds(10)
  ) async throws -> HTTPMessage {
    let socket = try RawSocket(port: port)
    try await socket.send(request(line, fields, body: body))
    return try await socket.answer(toHead: line.hasPrefix("HEAD"), within: within)
  }

  /// A client that has sent `POST /add` and waits for the answer.
  static func waiting(port: Int, _ text: String, w writeConcern: Int) async throws -> RawSocket {
    let socket = try RawSocket(port: port)
    try await socket.send(add(text, w: writeConcern))
    return socket
  }
}

extension HTTPMessage {
  /// The body as JSON.
  var json: JSON? { JSON(body) }
}

extension NodeClient {
  /// How many requests wait for their write concern.
  func waitingCount() async throws -> Int {
    guard let count = try await health()["waiting"]?.int else { throw HarnessError("no waiting in /health") }
    return count
  }
}
