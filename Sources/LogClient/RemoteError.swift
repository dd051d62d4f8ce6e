public import HTTPClient

/// Why a node did not tell what it was asked for.
public enum RemoteError: Error, Sendable, CustomStringConvertible {
  case noAnswer(url: String, reason: ClientError)
  /// The node's own words for it; `status` is the HTTP status.
  case refused(url: String, status: Int, message: String)
  /// Something answers there, but not as a node does.
  case noNode(url: String)

  /// - Parameter answer: one that tells nothing else.
  init(_ answer: Answer, from url: String) {
    self =
      answer.message.isEmpty ? .noNode(url: url) : .refused(url: url, status: answer.status, message: answer.message)
  }

  /// Whether the same question may be answered a moment later: the node is away, starts or stops.
  public var isPassing: Bool {
    switch self {
    case .noAnswer(_, let reason): ![.badURL, .cancelled, .stopped].contains(reason.kind)
    case .refused(_, let status, _): status >= 500
    case .noNode: false
    }
  }

  /// Whether something listened there: it answered, or ended the connection.
  public var isOfANode: Bool {
    switch self {
    case .noAnswer(_, let reason): reason.kind == .connectionLost
    case .refused: true
    case .noNode: false
    }
  }

  /// One line for people.
  public var description: String {
    switch self {
    case .noAnswer(let url, let reason) where reason.kind == .couldNotConnect:
      "\(url) doesn't answer: is the node up? \(reason)"
    case .noAnswer(let url, let reason): "no answer from \(url): \(reason)"
    case .refused(_, _, let message): message
    case .noNode(let url): "\(url) answers, but not as a node of a replicated log does"
    }
  }
}
