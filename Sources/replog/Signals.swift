import Glibc
import Locking

/// SIGTERM and SIGINT are waited for, not handled: no code runs inside a signal handler.
enum Signals {
  private static let received = AsyncStream<String>.makeStream()
  /// No signal's name.
  static let cancelled = "cancelled"
  /// Whether somebody waits for them; a command that doesn't just ends.
  private static let isAwaited = Locked(false)

  /// Blocks them for every thread, and ignores SIGPIPE, which a client that hangs up would raise. To be called first, on
  /// the main thread, before there is another.
  static func prepare() {
    signal(SIGPIPE, SIG_IGN)
    var set = stopping
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Takes the signals as they come, for as long as the process lives. On the main thread, which is then not used for
  /// anything else.
  static func watch() -> Never {
    var set = stopping
    while true {
      var number: Int32 = 0
      guard sigwait(&set, &number) == 0 else { continue }
      if !isAwaited.withLock({ $0 }) { exit(128 + number) }
      received.continuation.yield(number == SIGINT ? "SIGINT" : "SIGTERM")
    }
  }

  /// Waits for the first of them, which may have come already. Later ones change nothing: the node is stopping.
  /// - Returns: the signal's name; ``cancelled`` when the task was cancelled first.
  static func wait() async -> String {
    isAwaited.withLock { $0 = true }
    for await name in received.stream { return name }
    isAwaited.withLock { $0 = false }
    return cancelled
  }

  private static var stopping: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, SIGTERM)
    sigaddset(&set, SIGINT)
    return set
  }
}
