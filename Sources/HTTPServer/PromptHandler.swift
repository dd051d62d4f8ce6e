/// Answers a request without a task, on the server's thread: at once, or later by `Answering`.
///
/// For what comes often: a task costs several allocations and changes of state. It must not block.
///
/// - Returns: nil to leave the request to the `Handler`.
public typealias PromptHandler = @Sendable (Request, any Answering) -> PromptReply?

/// What a `PromptHandler` says of a request that it takes.
public enum PromptReply: Sendable {
  /// The answer.
  case now(Response)
  /// `Answering.answer(_:)` is called later, or was called already. `onHangUp` is called at most once, when the client hangs
  /// up or a stop's grace is over, on any thread: the answer has to come soon after it.
  case later(onHangUp: @Sendable () -> Void)
}

/// Where the answer to one request is brought.
public protocol Answering: AnyObject, Sendable {
  /// Answers the request. Once; any thread, but not under a lock. What comes after the client has left, or after a stop has
  /// answered, is dropped.
  func answer(_ response: Response)
}
