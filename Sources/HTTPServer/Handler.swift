/// Answers one request.
///
/// It starts on the server's only thread, which serves nobody else until the handler returns or really suspends, and which on a
/// master replicates, too: it must not block. After a suspension it goes on, without a hand-over, on the thread that resumed it;
/// jobs of one handler never run at the same time. Whoever resumes a handler thus runs its rest: not under a lock.
///
/// Its task is cancelled when the client hangs up and when a stop's grace is over. It then has to return soon; what it
/// returns to a client that left is dropped. A stop may return before a handler has whose client had left.
public typealias Handler = @Sendable (Request) async -> Response

/// Answers a request without a task, on the server's thread: at once, or later by `Answering`.
///
/// For what comes often: a task costs several allocations and changes of state. It must not block.
///
/// - Returns: nil to leave the request to the `Handler`.
public typealias PromptHandler = @Sendable (Request, any Answering) -> PromptReply?
