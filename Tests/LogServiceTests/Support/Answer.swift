import Foundation
import HTTPServer

/// What a node answered, whichever way the request came.
struct Answer: Sendable {
  let status: Int
  let body: [UInt8]
  /// By name in lower case.
  var headers: [String: String] = [:]

  init(status: Int, body: [UInt8], headers: [String: String]) {
    self.status = status
    self.body = body
    self.headers = headers
  }

  /// Of a handler, with all pieces of its body.
  init(_ response: Response) throws {
    status = response.status
    body = try response.body.pieces().flatMap(\.self)
    var common: [Header] = []
    if case .template(let template) = response.body { common = template.headers }
    for header in common + response.headers { headers[header.name.lowercased()] = header.value }
  }

  /// The envelope; empty where the body is none.
  var envelope: [String: Any] {
    (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
  }

  var text: String { String(decoding: body, as: UTF8.self) }
  var statusCode: Int? { envelope["status_code"] as? Int }
  var message: String { envelope["message"] as? String ?? "" }
  var data: [String: Any] { envelope["data"] as? [String: Any] ?? [:] }
  /// The texts that `GET /messages` shows; nil where it isn't such an answer.
  var texts: [String]? { (envelope["data"] as? [[String: String]])?.compactMap { $0["text"] } }
}

extension Body {
  /// All of its pieces; of a live one those that are there now.
  func pieces() throws -> [[UInt8]] {
    switch self {
    case .bytes(let bytes): return [bytes]
    case .template(let template): return [template.body]
    case .stream(let next):
      var pieces: [[UInt8]] = []
      while let piece = try next() { pieces.append(piece) }
      return pieces
    case .live(let next):
      var pieces: [[UInt8]] = []
      while case .bytes(let piece) = try next() { pieces.append(piece) }
      return pieces
    }
  }
}
