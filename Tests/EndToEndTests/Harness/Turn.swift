import Locking
import Testing

extension Trait where Self == Turn {
  /// One at a time among all tests with this trait: for tests that load the machine or that measure time. Tests without
  /// it, which mostly wait, run beside it.
  static var turn: Turn { Turn() }
}

/// See `Trait.turn`.
struct Turn: TestTrait, SuiteTrait, TestScoping {
  /// Each test of a suite takes its own turn: one that waits must not hold what another needs.
  var isRecursive: Bool { true }

  private enum State {
    case free
    case taken(waiting: [CheckedContinuation<Void, Never>])
  }

  private static let state = Locked(State.free)

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    await Self.take()
    defer { Self.pass() }
    try await function()
  }

  private static func take() async {
    await withCheckedContinuation { continuation in
      let isMine = state.withLock { state in
        switch state {
        case .free:
          state = .taken(waiting: [])
          return true
        case .taken(let waiting):
          state = .taken(waiting: waiting + [continuation])
          return false
        }
      }
      if isMine { continuation.resume() }
    }
  }

  private static func pass() {
    let next: CheckedContinuation<Void, Never>? = state.withLock { state in
      guard case .taken(let waiting) = state, let next = waiting.first else {
        state = .free
        return nil
      }
      state = .taken(waiting: Array(waiting.dropFirst()))
      return next
    }
    next?.resume()
  }
}
