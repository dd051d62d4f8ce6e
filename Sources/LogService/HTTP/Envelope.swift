import HTTPServer
import JSON

/// The one form of every answer: `{"status_code":…,"message":…,"data":…}`, where `status_code` is the HTTP status.
enum Envelope {
  static let contentType = Header(name: "Content-Type", value: "application/json")

  /// An answer in the envelope.
  static func response(
    _ status: Int, _ message: String, data: JSONValue = .null, headers: [Header] = []
  ) -> Response {
    Response(status: status, headers: [contentType] + headers, body: .bytes(text(status, message, data: data)))
  }

  /// What answers in the envelope without data have in common.
  static func template(_ status: Int, _ message: String, headers: [Header]) -> AnswerTemplate {
    AnswerTemplate(headers: [contentType] + headers, body: text(status, message, data: .null))
  }

  private static func text(_ status: Int, _ message: String, data: JSONValue) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(96 + message.utf8.count)
    begin(status, message, in: &bytes)
    data.write(to: &bytes)
    bytes.appendJSON("}")
    return bytes
  }

  /// Everything up to the value of `data`.
  static func begin(_ status: Int, _ message: String, in bytes: inout [UInt8]) {
    bytes.appendJSON("{\"status_code\":")
    bytes += String(status).utf8
    bytes.appendJSON(",\"message\":")
    bytes.appendJSONString(message.utf8)
    bytes.appendJSON(",\"data\":")
  }
}
