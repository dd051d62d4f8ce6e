import Testing

/// One wrong request to a master of three nodes.
struct WrongRequest: CustomTestStringConvertible {
  var line = "POST /add"
  var body: [UInt8] = []
  let status: Int
  /// What the message names: what is allowed.
  let allowed: String
  /// The `Allow` field.
  var allow: String?

  var testDescription: String { "\(line) \(String(decoding: body.prefix(60), as: UTF8.self)) → \(status)" }

  init(_ body: String, _ status: Int, _ allowed: String) {
    (self.body, self.status, self.allowed) = (Array(body.utf8), status, allowed)
  }

  init(bytes: [UInt8], _ status: Int, _ allowed: String) {
    (body, self.status, self.allowed) = (bytes, status, allowed)
  }

  init(line: String, _ status: Int, _ allowed: String, allow: String? = nil) {
    (self.line, self.status, self.allowed, self.allow) = (line, status, allowed, allow)
  }
}

/// The rows of the contract's table.
extension WrongRequest {
  private static let example = #"{"data":"msg1","write_concern":1}"#

  /// "Not JSON, not UTF-8, a lone surrogate escape, not an object, nested too deep, empty | 400".
  static let unreadable: [WrongRequest] =
    [
      "", " ", "{", "}", "nonsense", "data=msg1&write_concern=1", "[]", "\"data\"", "1", "true", "null",
      "{\"data\":\"a\"", "{\"data\":\"a\"}}", "{\"data\":\"a\"} {\"data\":\"b\"}", "{\"data\":\"a\",}",
      "{'data':'a'}", "{data:\"a\"}",
      "{\"data\":\"a}", "{\"data\":\"\\x\"}", "{\"data\":\"\\u12g4\"}", "{\"data\":\"\\ud800\"}",
      "{\"data\":\"\\udc00\"}",
      "{\"data\":\"\\ud800\\u0041\"}", "{\"data\":\"\\ud800x\"}", "{\"other\":\"\\ud800\",\"data\":\"a\"}",
      "{\"data\":\"a\nb\"}", "{\"data\":\"a\u{0}b\"}", "{\"data\":\"a\",\"write_concern\":01}",
      "{\"data\":\"a\",\"write_concern\":1.}", "{\"data\":\"a\",\"write_concern\":+1}",
      "{\"data\":\"a\",\"write_concern\":NaN}", "{\"data\":\"a\",\"write_concern\":0x1}", "{\"data\":\"a\" /* 1 */}",
      "{\"data\":\"a\",\"x\":\(String(repeating: "[", count: 100_000))",
      "{\"data\":\"a\",\"x\":\(String(repeating: "[", count: 1000))\(String(repeating: "]", count: 1000))}",
    ].map { WrongRequest($0, 400, example) }
    + [
      Array("{\"data\":\"".utf8) + [0xff] + Array("\"}".utf8),
      Array("{\"data\":\"".utf8) + [0xc0, 0x80] + Array("\"}".utf8),
      Array("{\"data\":\"".utf8) + [0xed, 0xa0, 0x80] + Array("\"}".utf8),
      Array("{\"data\":\"".utf8) + [0xf4, 0x90, 0x80, 0x80] + Array("\"}".utf8),
      Array("{\"data\":\"".utf8) + [0xe2, 0x82],
      [0xff, 0xfe] + "{\"data\":\"a\"}".utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] },
    ].map { WrongRequest(bytes: $0, 400, example) }

  /// "`data` missing or not a string; `write_concern` not a whole number …, below 1, or above the number of nodes (the
  /// message names that number); a bad query parameter | 422".
  static let notAllowed: [WrongRequest] =
    ["{}", "{\"write_concern\":1}", "{\"Data\":\"a\"}"].map {
      WrongRequest($0, 422, "data is missing; it must be a string")
    }
    + ["1", "null", "true", "[]", "[\"a\",1]", "{\"text\":\"a\"}", "1.5"].map {
      WrongRequest("{\"data\":\($0)}", 422, "data must be a string")
    }
    + [
      "null", "true", "\"2\"", "1.5", "0", "-1", "4", "1e3", "[1]", "{}", "99999999999999999999", "-0", "1e-1",
      "1e999",
    ].map {
      WrongRequest("{\"data\":\"a\",\"write_concern\":\($0)}", 422, "a whole number from 1 to 3, the number of nodes")
    }
    + [
      WrongRequest(line: "GET /messages?from=0", 422, "from must be a whole number from 1 to"),
      WrongRequest(line: "GET /messages?limit=0", 422, "limit must be a whole number from 1 to 10000, not '0'"),
      WrongRequest(line: "GET /messages?limit=1&limit=1", 422, "'limit' is given more than once"),
      WrongRequest(line: "GET /messages?wait=61", 422, "wait must be decimal seconds from 0 to 60"),
      WrongRequest(
        line: "GET /messages?to=1", 422, "/messages takes from, limit, wait, view, level, min_offset"),
      WrongRequest(line: "GET /health?x", 422, "/health takes none"),
      WrongRequest(line: "POST /add?write_concern=1", 422, "/add takes none"),
    ]

  /// "Unknown path; wrong method (with `Allow`) | 404; 405".
  static let noSuchRoute: [WrongRequest] =
    ["GET /", "GET /nothing", "POST /messages/", "GET /ADD", "DELETE /message", "POST /replicate"].map {
      WrongRequest(line: $0, 404, "this node has /add, /fetch, /health, /messages")
    }
    + ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"].map {
      WrongRequest(line: "\($0) /add", 405, "/add takes POST", allow: "POST")
    }
    + ["POST", "DELETE"].map {
      WrongRequest(line: "\($0) /messages", 405, "/messages takes GET, HEAD", allow: "GET, HEAD")
    }
    + [WrongRequest(line: "POST /health", 405, "/health takes GET, HEAD", allow: "GET, HEAD")]
}
