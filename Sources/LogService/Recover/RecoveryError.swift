public import ReplicationCore

/// Why a log can't be recovered. The folder is as it was.
public enum RecoveryError: Error, Hashable, Sendable, CustomStringConvertible {
  /// No node that answers holds anything.
  case nothingFound
  /// Two nodes hold different logs.
  case severalLogs(String, String)
  /// A node stopped giving entries: its URL and why.
  case brokenOff(String, String)
  /// The copy can't be written.
  case cannotWrite(LogTrouble)

  /// One line for people.
  public var description: String {
    switch self {
    case .nothingFound: "none of the nodes holds a log: is there another --from?"
    case .severalLogs(let one, let other):
      "\(one) and \(other) hold different logs: give only those of the one that is wanted"
    case .brokenOff(let url, let reason): "the copying from \(url) broke off: \(reason)"
    case .cannotWrite(let trouble): "the copy can't be written: \(trouble)"
    }
  }
}
