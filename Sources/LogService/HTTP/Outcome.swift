import HTTPServer
import ReplicationCore

/// What became of the message of a `POST /add`: the field `Log-Outcome` of its answer, and `outcome` in an error's data.
enum Outcome: String, Sendable {
  /// As many nodes hold it as the client asked for.
  case committed
  /// It is in the master's log and is being replicated; as many nodes as asked for don't hold it yet.
  case pending
  /// It is nowhere and never will be.
  case notWritten = "not_written"
  /// Whether it was written, or stays, is not known to the one who answers: it was stopped in the middle of the request, or
  /// another master has taken over, or the key is too old to tell.
  case unknown

  /// The fields of an answer that say it.
  /// - Parameter epoch: of the messages, or of the master that takes none; not told where there is no master.
  func headers(epoch: Epoch?) -> [Header] {
    let outcome = Header(name: "Log-Outcome", value: rawValue)
    guard let epoch, epoch > .none else { return [outcome] }
    return [outcome, Header(name: "Log-Epoch", value: String(epoch.rawValue))]
  }

  /// The fields that say where the messages are. The last offset is told of a list.
  static func headers(of offsets: ClosedRange<Offset>, isList: Bool) -> [Header] {
    let first = Header(name: "Log-Offset", value: String(offsets.lowerBound.rawValue))
    return isList ? [first, Header(name: "Log-Last-Offset", value: String(offsets.upperBound.rawValue))] : [first]
  }
}
