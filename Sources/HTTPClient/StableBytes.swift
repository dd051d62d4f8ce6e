/// Bytes that lie together somewhere, and stay the same for as long as somebody holds this value. See ``Request/bodyRest``.
public protocol StableBytes: Sendable {
  /// How many there are.
  var count: Int { get }

  /// Calls `body` with the bytes, which are valid until it returns. Any thread.
  func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result
}
