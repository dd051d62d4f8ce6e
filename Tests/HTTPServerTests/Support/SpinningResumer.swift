import Locking

/// A thread that calls what it is given within nanoseconds to microseconds: after a pause that differs from time to time.
final class SpinningResumer: Sendable {
  private let call = Locked<(@Sendable () -> Void)?>(nil)
  private let isOver = Locked(false)
  private let done = Gate()

  init() {
    let (call, isOver, done) = (call, isOver, done)
    detachThread {
      var round = 0
      while !isOver.withLock({ $0 }) {
        let taken = call.withLock { call in
          defer { call = nil }
          return call
        }
        guard let taken else { continue }
        round += 1
        // Each look at the lock is a pause of some tens of nanoseconds.
        for _ in 0..<round % 128 { _ = isOver.withLock { $0 } }
        taken()
      }
      done.open()
    }
  }

  /// Waits to be resumed. One caller at a time.
  func wait() async {
    await withCheckedContinuation { continuation in call { continuation.resume() } }
  }

  /// Has `body` called. One caller at a time.
  func call(_ body: @escaping @Sendable () -> Void) {
    call.withLock { $0 = body }
  }

  /// Returns when the thread has ended.
  func end() async {
    isOver.withLock { $0 = true }
    _ = await done.pass()
  }
}
