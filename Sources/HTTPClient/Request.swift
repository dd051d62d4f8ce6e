/// One HTTP/1.1 request to make.
///
/// **The receiver must be idempotent**: libcurl sends a request once more, a POST too, when a kept connection turns out
/// dead before any byte of an answer came. The receiver may then have seen the first one. curl's *lib/multi.c*.
public struct Request: Sendable {
  /// What the request does.
  public var method: Method
  /// Where to: an absolute `http` URL; no other scheme is spoken and no redirect followed.
  public var url: String
  /// Header fields to send. Host and Content-Length are added; Content-Type is not.
  public var headers: Headers
  /// The body of a POST. It is not copied.
  public var body: [UInt8]
  /// What the body goes on with, from where it lies: for megabytes that the caller has elsewhere already. A small one had better
  /// be in `body`, which leaves together with the head.
  public var bodyRest: (any StableBytes)?
  /// The longest the whole exchange may take, name resolution and connecting included: 1 ms to 24 days, rounded up.
  public var timeout: Duration
  /// The longest that name resolution and connecting may take: 1 ms to 24 days, rounded up.
  public var connectTimeout: Duration
  /// The longest response body taken, in bytes, 0 or more; a longer one ends the exchange with
  /// ``ClientError/Kind/responseTooLarge``.
  public var responseBytesMax: Int
  /// The names of the response's header fields that the caller wants to see; none costs nothing.
  public var responseHeaderNames: [String]

  /// - Parameters:
  ///   - method: what the request does.
  ///   - url: an absolute `http` URL; ``HTTPURL`` checks one.
  ///   - headers: header fields to send.
  ///   - body: the body of a POST.
  ///   - bodyRest: what the body goes on with.
  ///   - timeout: for the whole exchange.
  ///   - connectTimeout: for name resolution and connecting.
  ///   - responseBytesMax: the longest response body taken, in bytes.
  ///   - responseHeaderNames: the names of the response's header fields to report.
  public init(
    method: Method = .get,
    url: String,
    headers: Headers = [:],
    body: [UInt8] = [],
    bodyRest: (any StableBytes)? = nil,
    timeout: Duration = .seconds(10),
    connectTimeout: Duration = .seconds(2),
    responseBytesMax: Int = 1 << 20,
    responseHeaderNames: [String] = []
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.bodyRest = bodyRest
    self.timeout = timeout
    self.connectTimeout = connectTimeout
    self.responseBytesMax = responseBytesMax
    self.responseHeaderNames = responseHeaderNames
  }
}
