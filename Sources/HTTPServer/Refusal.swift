/// What the server answers without asking the handler, or in its place.
public enum Refusal: Sendable, Equatable {
  /// The head, with what the library keeps of it, leaves no room for the head of an answer; the connection closes.
  case headTooLarge(limitBytes: Int)
  /// The body is longer than `ServerLimits.bodyBytesMax`.
  case bodyTooLarge(limitBytes: Int)
  /// The bodies being received are together longer than `ServerLimits.bodiesBytesTotalMax`; later there may be room.
  case bodiesTooLargeTogether(limitBytes: Int)
  /// The head leaves the body's length open to different readings (RFC 9112, 6.3); the connection closes.
  case malformed(reason: String)
  /// The answer's body would be live, and there are `ServerLimits.liveMax` of those; later there may be room.
  case tooManyLive(limitBodies: Int)
  /// The server stops. The handler was not called, nothing happened.
  case stopping
  /// The server stops and the handler did not return in time: **what it did before is unknown** to the client.
  case stoppedWhileHandling
}
