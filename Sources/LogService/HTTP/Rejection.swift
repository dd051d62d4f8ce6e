import HTTPServer
import JSON
import ReplicationCore

/// Why a request is not carried out, with the HTTP status that says so. Nothing was changed by it.
struct Rejection: Error, Sendable, Hashable {
  var status: Int
  /// What was wrong and what is allowed.
  let message: String
  /// What a program needs.
  var data = JSONValue.null
  /// Seconds after which another try makes sense.
  var retryAfterSeconds: Int?
  /// Whether it stays so until a person does something, although the status tells of the node and not of the request.
  var isLasting = false
  /// What it means for the message of an add: `unknown` where an earlier request with the same key may have written it.
  var outcomeOfAdd = Outcome.notWritten
  /// Fields of the answer that the others don't tell.
  var headers: [Header] = []
  /// The methods that the path has.
  var allow: [String] = []

  /// 400: what was sent can't be read.
  static func unreadable(_ message: String) -> Rejection { Rejection(status: 400, message: message) }

  /// 422: what was sent can be read, but is not allowed.
  static func notAllowed(_ message: String, data: JSONValue = .null) -> Rejection {
    Rejection(status: 422, message: message, data: data)
  }

  /// 503: not written.
  static func unavailable(_ message: String, data: JSONValue = .null, retryAfterSeconds: Int? = 1) -> Rejection {
    Rejection(status: 503, message: message, data: data, retryAfterSeconds: retryAfterSeconds)
  }

  /// Whether the same request may be taken later.
  var isPassing: Bool { (status == 503 || status == 507) && !isLasting }

  /// The answer to the client.
  var response: Response {
    var headers = headers
    if let retryAfterSeconds { headers.append(Header(name: "Retry-After", value: String(retryAfterSeconds))) }
    if !allow.isEmpty { headers.append(Header(name: "Allow", value: allow.joined(separator: ", "))) }
    return Envelope.response(status, message, data: data, headers: headers)
  }

  /// What the HTTP server itself refuses, in the project's words.
  static func refused(_ refusal: Refusal) -> Rejection {
    switch refusal {
    case .headTooLarge(let limit):
      Rejection(
        status: 431,
        message: "the request's head is too large: at most \(limit) bytes are allowed, with 64 for each field of it",
        data: .members(["limit_bytes": .number(UInt64(limit))]))
    case .bodyTooLarge(let limit):
      Rejection(
        status: 413, message: "the body is too large: at most \(limit) bytes are allowed",
        data: .members(["limit_bytes": .number(UInt64(limit))]))
    case .bodiesTooLargeTogether(let limit):
      .unavailable(
        "not written: too many bodies are being received at once, at most \(limit) bytes together; try again",
        data: .members(["limit_bytes": .number(UInt64(limit))]))
    case .malformed(let reason):
      .unreadable("the request is malformed: \(reason)")
    case .tooManyLive(let limit):
      .unavailable(
        "too many clients follow the log live, at most \(limit) may; try again, or read it with GET /messages",
        data: .members(["limit_readers": .number(UInt64(limit))]))
    case .stoppedWhileHandling:
      Rejection(status: 504, message: "the node stopped before the request was done: it may have been carried out")
    case .stopping:
      .unavailable("not written: the node is stopping", retryAfterSeconds: nil)
    }
  }
}

extension Rejection {
  /// Why the log takes nothing: not written. 507 (RFC 4918) where the disk is full, else 503.
  init(_ refusal: LogRefusal) {
    switch refusal {
    case .full(let bytes):
      self.init(
        status: 507,
        message: "not written: the node's disk is full, \(bytes) bytes are needed; it goes on when there is space",
        data: .members(["bytes_needed": .number(UInt64(bytes))]), retryAfterSeconds: 1)
    case .busy(let limit):
      self = .unavailable(
        "not written: too much waits for the node's disk, at most \(limit) bytes may; try again",
        data: .members(["limit_bytes": .number(UInt64(limit))]))
    case .failing(let reason):
      self = .unavailable("not written: the node's disk fails (\(reason)); it goes on by itself when it can")
    case .damaged(let damage):
      self = .unavailable("not written: the node's log is \(damage)", retryAfterSeconds: nil)
      isLasting = true
    }
  }
}
