internal import Glibc

/// A moment on the system's monotonic clock (`clock_gettime(2)`, CLOCK_MONOTONIC), which stands still while the machine sleeps.
///
/// It is a plain number. The layout of `ContinuousClock.Instant` is known at run time only, and then so is that of everything that
/// holds one: each access to a member of such a class goes through tables.
public struct Moment: Hashable, Comparable, Sendable {
  /// Nanoseconds since some moment before the process began.
  private let nanoseconds: Int64

  /// The present one. Any thread.
  public static var now: Moment {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Moment(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  /// Whether `left` comes first.
  public static func < (left: Moment, right: Moment) -> Bool { left.nanoseconds < right.nanoseconds }

  /// The moment that is `duration` later, which is below 200 years.
  public static func + (moment: Moment, duration: Duration) -> Moment {
    let (seconds, attoseconds) = duration.components
    return Moment(nanoseconds: moment.nanoseconds + seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
  }

  /// The time from `earlier` to `later`; negative if they are the other way round.
  public static func - (later: Moment, earlier: Moment) -> Duration {
    .nanoseconds(later.nanoseconds - earlier.nanoseconds)
  }
}
