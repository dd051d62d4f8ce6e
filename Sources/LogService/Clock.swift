import Glibc
import ReplicationCore

/// The two clocks of a node.
enum Clock {
  /// Monotonic: for everything that is measured. `clock_gettime(2)`, CLOCK_MONOTONIC.
  static var now: Instant {
    Instant(nanoseconds: nanoseconds(CLOCK_MONOTONIC))
  }

  /// Milliseconds since 1970: for entries and epochs.
  static var wallMilliseconds: UInt64 {
    UInt64(max(0, nanoseconds(CLOCK_REALTIME) / 1_000_000))
  }

  private static func nanoseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
