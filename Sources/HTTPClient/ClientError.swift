internal import CCurl

/// Why there is no ``Response``.
public struct ClientError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What to tell apart in a program.
  public enum Kind: String, Sendable, Hashable {
    /// The host's name has no address, or none that was found. Nothing was sent.
    case couldNotResolve = "could not resolve the host"
    /// Nobody listens there, or no way leads there. Nothing was sent.
    case couldNotConnect = "could not connect"
    /// ``Request/timeout`` or ``Request/connectTimeout`` ran out. A receiver may have got the request.
    case timedOut = "timed out"
    /// The connection ended before the answer did. The receiver may have got the request.
    case connectionLost = "connection lost"
    /// The answer's body is longer than ``Request/responseBytesMax``.
    case responseTooLarge = "response too large"
    /// What came back is not HTTP.
    case badResponse = "not an HTTP response"
    /// The URL is not one, or not `http`.
    case badURL = "bad URL"
    /// The client was shut down.
    case stopped = "client stopped"
    /// The task that waited was cancelled, or the transfer was.
    case cancelled = "cancelled"
    /// Anything else: see ``ClientError/detail``.
    case other = "failed"
  }

  /// What happened.
  public let kind: Kind
  /// libcurl's `CURLcode`; 0 where libcurl did not decide. curl's *libcurl-errors(3)*.
  public let code: Int32
  /// What libcurl says about it, in one line; may be empty.
  public let detail: String

  /// - Parameters:
  ///   - kind: what happened.
  ///   - code: libcurl's `CURLcode`, 0 for none.
  ///   - detail: more about it; line breaks become spaces.
  public init(_ kind: Kind, code: Int32 = 0, detail: String = "") {
    self.kind = kind
    self.code = code
    self.detail = detail.split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  /// One line for people.
  public var description: String {
    let cause = code == 0 ? kind.rawValue : "\(kind.rawValue) (curl \(code))"
    return detail.isEmpty ? cause : "\(cause): \(detail)"
  }
}

extension ClientError {
  /// - Parameters:
  ///   - code: how the transfer ended; not `CURLE_OK`.
  ///   - requestWasSent: whether any of the request left. libcurl sends one again by itself when a kept connection breaks:
  ///     if then nobody listens any more, the receiver may have got the first. It also tells an answer that is no HTTP from a
  ///     URL that is not `http`, which share a code.
  ///   - detail: from the error buffer; libcurl's general words where it is empty.
  init(code: CURLcode, requestWasSent: Bool, detail: String) {
    let kind: Kind =
      switch code {
      case CURLE_COULDNT_RESOLVE_HOST: requestWasSent ? .connectionLost : .couldNotResolve
      case CURLE_COULDNT_CONNECT: requestWasSent ? .connectionLost : .couldNotConnect
      case CURLE_OPERATION_TIMEDOUT: .timedOut
      case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR: .connectionLost
      case CURLE_UNSUPPORTED_PROTOCOL: requestWasSent ? .badResponse : .badURL
      case CURLE_WEIRD_SERVER_REPLY: .badResponse
      case CURLE_URL_MALFORMAT: .badURL
      default: .other
      }
    let words = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
    self.init(kind, code: Int32(bitPattern: code.rawValue), detail: words)
  }
}
