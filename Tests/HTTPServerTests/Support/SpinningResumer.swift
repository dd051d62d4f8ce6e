import Locking

/// A thread that resumes whoever waits within nanoseconds to microseconds: after a pause that differs from time to time.
final class SpinningResumer: Sendable {
  private let waiter = Locked<CheckedContinuation<Void, Never>?>(nil)
  private let isOver = Locked(false)
  private let done = Gate()

  init() {
    let (waiter, isOver, done) = (waiter, isOver, done)
    detachThread {
      var round = 0
      while !isOver.withLock({ $0 }) {
        let taken = waiter.withLock { waiter in
          defer { waiter = nil }
          return waiter
        }
        guard let taken else { continue }
        round += 1
        // Each look at the lock is a pause of some tens of nanoseconds.
        for _ in 0..<round % 128 { _ = isOver.withLock { $0 } }
        taken.resume()
      }
      done.open()
    }
  }

  /// Waits to be resumed. One caller at a time.
  func wait() async {
    await withCheckedContinuation { continuation in waiter.withLock { $0 = continuation } }
  }

  /// Returns when the thread has ended.
  func end() async {
    isOver.withLock { $0 = true }
    _ = await done.pass()
  }
}
