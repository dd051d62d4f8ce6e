import HTTPServer
import JSON
import ReplicationCore

/// The answer to an add that is refused: it says that nothing was written, and what to do now.
///
/// Whatever is thrown while an add is handled was thrown before the append. What is answered after it is no rejection.
struct RefusedAdd {
  static let path = "/add"

  /// Where clients reach this node.
  let url: String
  /// The master's, or of the master that a follower follows; nil or none where there is none.
  let epoch: Epoch?

  /// Whether a request is an add.
  static func isAdd(_ request: Request) -> Bool { request.path == path && request.method == "POST" }

  /// - Parameters:
  ///   - rejection: why. If its data has a `next`, that stays.
  ///   - request: without its body, if the server itself refused it.
  ///   - outcome: `unknown`, if the node was stopped while it handled the request.
  func response(_ rejection: Rejection, to request: Request, outcome: Outcome = .notWritten) -> Response {
    var rejection = rejection
    var members: [JSONValue.Member] = []
    if case .object(let known) = rejection.data { members = known }
    members.append(.init(name: "outcome", value: .string(outcome.rawValue)))
    if let epoch, epoch > .none { members.append(.init(name: "epoch", value: .number(epoch.rawValue))) }
    // With a key a repetition is safe whatever has become of the message.
    let isSafe = outcome == .notWritten || request.header(IdempotencyKey.name) != nil
    let isRetryable = isSafe && (rejection.isPassing || outcome == .unknown && rejection.status == 504)
    members.append(.init(name: "retryable", value: .bool(isRetryable)))
    if !members.contains(where: { $0.name == "next" }) {
      members.append(.init(name: "next", value: .string(next(rejection, request, outcome, isRetryable: isRetryable))))
    }
    rejection.data = .object(members)
    var response = rejection.response
    response.headers += outcome.headers(epoch: epoch)
    return response
  }

  private func next(_ rejection: Rejection, _ request: Request, _ outcome: Outcome, isRetryable: Bool) -> String {
    if isRetryable { return CurlLine.add(request, to: url) }
    if outcome == .unknown { return CurlLine.get(url, "/messages") }
    // What a person must mend is told there.
    return rejection.status >= 500 ? CurlLine.get(url, "/health") : CurlLine.corrected(to: url)
  }
}

extension Refusal {
  /// What it says about an add. Before the handler is called nothing can have been written.
  var outcomeOfAdd: Outcome {
    switch self {
    case .headTooLarge, .bodyTooLarge, .bodiesTooLargeTogether, .malformed, .stopping, .tooManyLive: .notWritten
    case .stoppedWhileHandling: .unknown
    }
  }
}
