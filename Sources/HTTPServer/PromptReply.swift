/// What a `PromptHandler` says of a request that it takes.
public enum PromptReply: Sendable {
  /// The answer.
  case now(Response)
  /// `Answering.answer(_:)` is called later, or was called already. `onHangUp` is called at most once, when the client hangs
  /// up or a stop's grace is over, on any thread: the answer has to come soon after it.
  case later(onHangUp: @Sendable () -> Void)
}
