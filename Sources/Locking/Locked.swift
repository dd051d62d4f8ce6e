#if PTHREAD_LOCK
  import Glibc
#else
  public import Synchronization
#endif

/// A value behind one short lock: the only lock of the project.
///
/// `withLock` must neither block nor call out to unknown code, so that a holder never waits for another thread.
///
/// ThreadSanitizer does not see `Synchronization.Mutex` on Linux and reports races that are none. Built with
/// `-D PTHREAD_LOCK` (the sanitizer lane does) the same interface stands on a pthread mutex, which it does see.
public final class Locked<Value>: @unchecked Sendable {
  #if PTHREAD_LOCK
    private var value: Value
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    /// - Parameter value: the value to guard; nothing else may reach it any more.
    public init(_ value: sending Value) {
      self.value = value
      mutex = .allocate(capacity: 1)
      let status = pthread_mutex_init(mutex, nil)
      precondition(status == 0, "pthread_mutex_init failed: \(status)")
    }

    deinit {
      pthread_mutex_destroy(mutex)
      mutex.deallocate()
    }

    /// Runs `body` with exclusive access to the value. Any thread; not recursive.
    public func withLock<Result, Failure: Error>(
      _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
      pthread_mutex_lock(mutex)
      defer { pthread_mutex_unlock(mutex) }
      return try body(&value)
    }

    /// Runs `body` as `withLock` does, if nobody has the lock; nil at once if somebody has.
    public func withLockIfFree<Result>(_ body: (inout Value) -> Result) -> Result? {
      guard pthread_mutex_trylock(mutex) == 0 else { return nil }
      defer { pthread_mutex_unlock(mutex) }
      return body(&value)
    }
  #else
    /// The lock excludes others already, and a second access under it never begins: no other check is needed.
    @exclusivity(unchecked) @usableFromInline var value: Value
    @usableFromInline let mutex = Mutex<Void>(())

    /// - Parameter value: the value to guard; nothing else may reach it any more.
    public init(_ value: sending Value) {
      self.value = value
    }

    /// Runs `body` with exclusive access to the value. Any thread; not recursive.
    ///
    /// Inlined where it is used, so that `body` is: a call through two closures costs more than the lock. And with the lock's two
    /// halves, which the standard library marks as its own, since `Mutex.withLock` takes another closure.
    @inlinable
    public func withLock<Result, Failure: Error>(
      _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
      mutex._unsafeLock()
      defer { mutex._unsafeUnlock() }
      return try body(&value)
    }

    /// Runs `body` as `withLock` does, if nobody has the lock; nil at once if somebody has.
    public func withLockIfFree<Result>(_ body: (inout Value) -> Result) -> Result? {
      guard mutex._unsafeTryLock() else { return nil }
      defer { mutex._unsafeUnlock() }
      return body(&value)
    }
  #endif
}
