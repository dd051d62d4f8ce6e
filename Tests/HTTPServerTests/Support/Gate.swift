import Locking

/// Where handlers under test wait until the test lets them go.
final class Gate: Sendable {
  private struct State {
    var isOpen = false
    var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    var entered = 0
    var cancelled = 0
  }

  private let state = Locked(State())

  /// How many have come so far.
  var entered: Int { state.withLock(\.entered) }
  /// How many of them were cancelled while they waited.
  var cancelled: Int { state.withLock(\.cancelled) }

  /// Waits for `open`, or until the task is cancelled; whether it was opened.
  func pass() async -> Bool {
    let number = state.withLock { state in
      state.entered += 1
      return state.entered
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let goesOn = state.withLock { state in
          if state.isOpen || Task.isCancelled { return true }
          state.waiters[number] = continuation
          return false
        }
        if goesOn { continuation.resume() }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        state.cancelled += 1
        return state.waiters.removeValue(forKey: number)
      }
      waiter?.resume()
    }
    return !Task.isCancelled
  }

  /// Lets all go on, on this thread, and all that come later.
  func open() {
    let waiters = state.withLock { state in
      state.isOpen = true
      defer { state.waiters = [:] }
      return state.waiters.values
    }
    for waiter in waiters { waiter.resume() }
  }
}
