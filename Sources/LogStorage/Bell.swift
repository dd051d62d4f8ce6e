internal import Glibc
internal import Locking

/// Wakes the one thread that sleeps in it, from any thread; a ring before the sleep is not lost. A semaphore
/// (`sem_overview(7)`), which makes a system call only where somebody sleeps.
///
/// Unchecked: the semaphore is made for use by several threads.
final class Bell: @unchecked Sendable {
  private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
  /// Whether it was rung since the last sleep: then it need not be rung again.
  private let isRung = Locked(false)

  init() {
    let code = sem_init(semaphore, 0, 0)
    precondition(code == 0, "sem_init: \(String(cString: strerror(errno)))")
  }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  /// Ends the sleep, or the next one.
  func ring() {
    let wasRung = isRung.withLock { isRung in
      defer { isRung = true }
      return isRung
    }
    // After the lock: the thread that wakes would only wait for it.
    if !wasRung { sem_post(semaphore) }
  }

  /// Sleeps until the bell rings, for at most `seconds`; nil for as long as it takes. A signal may end it early.
  func wait(atMost seconds: Double? = nil) {
    if let seconds {
      var end = timespec()
      // The wall clock is what this call goes by: if it is set, a pause is shorter or longer once.
      clock_gettime(CLOCK_REALTIME, &end)
      let nanoseconds = end.tv_nsec + Int(seconds * 1e9)
      end.tv_sec += nanoseconds / 1_000_000_000
      end.tv_nsec = nanoseconds % 1_000_000_000
      sem_timedwait(semaphore, &end)
    } else {
      sem_wait(semaphore)
    }
    // What is rung from here on ends the next sleep.
    isRung.withLock { $0 = false }
  }
}
