public import Locking

/// What a live body has for its client when it is asked.
public enum LivePiece: Sendable {
  /// The next bytes; empty is nothing to send and is asked again at once.
  case bytes([UInt8])
  /// Nothing now. The body is asked again after `Server.wakeLiveBodies`, and at this time even without it, late by
  /// `ServerLimits.hangUpCheckInterval` at most.
  case nothing(until: Moment)
  /// That was all.
  case end
}
