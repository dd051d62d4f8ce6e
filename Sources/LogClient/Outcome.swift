/// What became of messages that were to be added, from best to worst.
public enum Outcome: String, Sendable, Hashable, CaseIterable {
  /// As many nodes as were asked for hold them.
  case committed
  /// They are in the master's log and go on replicating; as many nodes as asked for don't hold them yet.
  case pending
  /// Nothing was written by this request, and nothing will be.
  case notWritten = "not_written"
  /// Nobody said: the requests may have been carried out, or may still be.
  case unknown

  /// The exit status of a program whose messages have this outcome.
  public var exitStatus: Int32 {
    switch self {
    case .committed: 0
    case .pending: 3
    case .notWritten: 4
    case .unknown: 5
    }
  }
}
