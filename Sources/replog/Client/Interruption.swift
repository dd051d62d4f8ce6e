import Glibc
import Locking

/// SIGINT and SIGTERM while messages are added: the command says what is known, and how to go on, before it ends.
enum Interruption {
  /// Carries out a command's work.
  /// - Parameters:
  ///   - known: one line's text: what is known at the moment of the signal.
  ///   - body: the work.
  /// - Throws: what `body` throws.
  static func telling<Result>(
    _ known: @escaping @Sendable () -> String, _ body: () async throws -> Result
  ) async rethrows -> Result {
    // Who ends first tells: the work its outcome, or the signal.
    let isOver = Locked(false)
    let waiting = Task {
      let signal = await Signals.wait()
      guard !isOver.withLock({ $0 }), signal != Signals.cancelled else { return }
      let line = Terminal.isThere(STDERR_FILENO) ? Terminal.clearLine : ""
      Terminal.tell("\(line)replog: interrupted: \(known())\n")
      exit(128 + (signal == "SIGINT" ? SIGINT : SIGTERM))
    }
    defer {
      isOver.withLock { $0 = true }
      waiting.cancel()
    }
    return try await body()
  }
}
