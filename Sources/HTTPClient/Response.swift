/// A complete answer, whatever its status: an answer of 500 is a ``Response``, not a ``ClientError``.
public struct Response: Sendable, Equatable {
  /// The HTTP status, 200 to 599.
  public let status: Int
  /// Those header fields that ``Request/responseHeaderNames`` asked for and that were there; the first one where a
  /// name comes more than once.
  public let headers: Headers
  /// The body, at most ``Request/responseBytesMax`` bytes.
  public let body: [UInt8]
}
