/// What became of messages that were to be added.
public enum Outcome: String, Sendable, Hashable {
  /// As many nodes as were asked for hold them.
  case committed
  /// They are in the master's log and go on replicating; as many nodes as asked for don't hold them yet.
  case pending
  /// Nothing was written by this request, and nothing will be.
  case notWritten = "not_written"
  /// Nobody said: the requests may have been carried out, or may still be.
  case unknown
}
