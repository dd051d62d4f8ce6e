/// What follows the head of a response.
public enum Body: Sendable {
  /// All of it at once, sent with a `Content-Length`.
  case bytes([UInt8])
  /// A body that many answers have, and fields that come before the response's own.
  case template(AnswerTemplate)
  /// Piece after piece, sent in chunks (to an HTTP/1.0 client: until the connection closes). The memory in use stays
  /// that of one piece.
  ///
  /// The closure is called on the server's thread, which serves nobody else meanwhile, once for each piece that the
  /// client's socket has room for: it must not block. Nil ends the body. A thrown error breaks the connection off
  /// before the last chunk, so that the client sees an incomplete answer. The closure is released when the response
  /// was sent, was broken off, or is not sent at all (`HEAD`, 304, a client that left).
  case stream(@Sendable () throws -> [UInt8]?)
  /// A stream whose pieces come over time: while there is none the connection waits, without a thread and without being
  /// asked. Sent, thrown from and released like a stream's.
  ///
  /// At most `ServerLimits.liveMax` at a time: the answer to one more is what `Refusal.tooManyLive` is answered with. A
  /// stop ends them all behind the piece that is being sent. Who hangs up is noticed as with a handler that waits.
  case live(@Sendable () throws -> LivePiece)
}
