internal import Glibc
internal import Locking

/// What the threads that touch a ``CurlLoop`` agree on, under its lock: jobs that wait, and how far its life has come.
///
/// Someone always sees a job that was put in: the loop's thread, whoever drains after it, or a new drainer.
struct LoopState {
  private enum Phase {
    /// The thread runs, and is about to be told here.
    case starting
    case running(pthread_t)
    /// The thread was told to end and is being joined.
    case stopping
    /// The thread is gone and late jobs are being run.
    case draining
    /// The thread is gone and nothing waits.
    case stopped
  }

  private var phase = Phase.starting
  private var jobs: [UnownedJob] = []
  /// Whom the loop is to take in.
  var guestComing: (any LoopGuest)?
  private var stopWaiters: [CheckedContinuation<Void, Never>] = []

  /// - Returns: whether the caller has to start a drain.
  mutating func put(_ job: UnownedJob) -> Bool {
    jobs.append(job)
    guard case .stopped = phase else { return false }
    phase = .draining
    return true
  }

  /// Takes all jobs and leaves an empty array, so that neither is allocated again.
  mutating func takeJobs(leaving empty: inout [UnownedJob]) {
    swap(&jobs, &empty)
  }

  mutating func begin(_ thread: pthread_t) {
    phase = .running(thread)
  }

  /// - Returns: the thread for the caller to stop and to join; nil when another caller does that.
  mutating func beginStop() -> pthread_t? {
    guard case .running(let thread) = phase else { return nil }
    phase = .stopping
    return thread
  }

  /// - Returns: whether the thread is gone already, so that there is nothing to wait for.
  mutating func wait(_ waiter: CheckedContinuation<Void, Never>) -> Bool {
    switch phase {
    case .draining, .stopped: return true
    case .starting, .running, .stopping:
      stopWaiters.append(waiter)
      return false
    }
  }

  /// The thread has been joined; the caller drains.
  ///
  /// - Returns: who waited for that.
  mutating func threadHasEnded() -> [CheckedContinuation<Void, Never>] {
    phase = .draining
    defer { stopWaiters = [] }
    return stopWaiters
  }

  /// - Returns: whether nothing waits; then the drain is over.
  mutating func endDrain() -> Bool {
    guard jobs.isEmpty else { return false }
    phase = .stopped
    return true
  }
}
