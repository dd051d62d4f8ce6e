import HTTPServer
import Locking

/// Takes the requests for `/wait` promptly, for answers that the test brings.
final class Desk: Sendable {
  private struct State {
    var waiting: [any Answering] = []
    /// By request, how often it was told that nobody waits.
    var hangUps: [Int] = []
  }

  private let state = Locked(State())

  /// How many requests came.
  var taken: Int { state.withLock(\.waiting.count) }
  /// By request, how often it was told that nobody waits.
  var hangUps: [Int] { state.withLock(\.hangUps) }

  var prompt: PromptHandler {
    // Weak, as in any closure that a server has: who answered is kept here, and keeps the server.
    { [weak self] request, answering in request.path == "/wait" ? self?.take(answering) : nil }
  }

  /// - Parameter onHangUp: what is done besides counting.
  func take(_ answering: any Answering, onHangUp: @escaping @Sendable () -> Void = {}) -> PromptReply {
    let number = state.withLock { state in
      state.waiting.append(answering)
      state.hangUps.append(0)
      return state.hangUps.count - 1
    }
    return .later {
      self.state.withLock { $0.hangUps[number] += 1 }
      onHangUp()
    }
  }

  /// Answers all that have come, on this thread.
  func answer(_ text: String) {
    for answering in state.withLock(\.waiting) { answering.answer(.text(text)) }
  }
}
