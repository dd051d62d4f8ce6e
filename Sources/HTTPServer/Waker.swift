import CMicroHTTPD
import Glibc

/// Wakes the one thread that sleeps in it, from any thread; a wake-up before the sleep is not lost (`eventfd(2)`).
final class Waker: Sendable {
  private let descriptor: Int32

  init() throws(SystemError) {
    descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    guard descriptor >= 0 else { throw SystemError.last }
  }

  deinit {
    close(descriptor)
  }

  func wake() {
    _ = eventfd_write(descriptor, 1)
  }

  /// Sleeps until woken, for at most `duration`; nil for as long as it takes.
  func sleep(atMost duration: Duration?) {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&entry, 1, duration.map(\.pollMilliseconds) ?? -1) > 0 else { return }
    takeWakeUps()
  }

  /// Sleeps until woken, or until `other` has something to read, for at most `milliseconds`; -1 for as long as it takes.
  func sleep(orUntilReadable other: Int32, milliseconds: Int32) {
    var entries = (
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0), pollfd(fd: other, events: Int16(POLLIN), revents: 0)
    )
    let ready = withUnsafeMutableBytes(of: &entries) {
      poll($0.baseAddress?.assumingMemoryBound(to: pollfd.self), 2, milliseconds)
    }
    if ready > 0, entries.0.revents != 0 { takeWakeUps() }
  }

  private func takeWakeUps() {
    var count: eventfd_t = 0
    _ = eventfd_read(descriptor, &count)
  }
}

extension Duration {
  /// Rounded up, so that a sleep never ends before the time.
  fileprivate var pollMilliseconds: Int32 {
    if self <= .zero { return 0 }
    let (seconds, attoseconds) = components
    // A day at most: whoever sleeps longer looks again and goes on sleeping.
    return Int32(min(seconds, 86_400) * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
  }
}
