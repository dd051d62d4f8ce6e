/// A moment on the caller's monotonic clock. The core never reads a clock: each call is told what time it is.
public struct Instant: Hashable, Comparable, Sendable {
  /// Nanoseconds since a moment that only the caller knows.
  public let nanoseconds: Int64

  /// - Parameter nanoseconds: since any fixed moment, never running backwards.
  public init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// Whether `left` comes first.
  public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

  /// The moment that is `interval` later.
  public static func + (instant: Instant, interval: Interval) -> Instant {
    Instant(nanoseconds: instant.nanoseconds + interval.nanoseconds)
  }

  /// The time from `earlier` to `later`; negative if they are the other way round.
  public static func - (later: Instant, earlier: Instant) -> Interval {
    Interval(nanoseconds: later.nanoseconds - earlier.nanoseconds)
  }
}

/// A length of time in whole nanoseconds: half the size of `Duration` and as exact as the core needs.
public struct Interval: Hashable, Comparable, Sendable {
  /// May be negative.
  public let nanoseconds: Int64

  /// No time at all.
  public static let zero = Interval(nanoseconds: 0)

  /// - Parameter nanoseconds: may be negative.
  public init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// - Parameter duration: below 292 years.
  public init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    self.init(nanoseconds: seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
  }

  /// - Parameter count: milliseconds.
  public static func milliseconds(_ count: Int64) -> Interval { Interval(nanoseconds: count * 1_000_000) }

  /// - Parameter count: seconds.
  public static func seconds(_ count: Int64) -> Interval { milliseconds(count * 1000) }

  /// Whole milliseconds, rounded down.
  public var milliseconds: Int64 { nanoseconds / 1_000_000 }

  /// The same length as a `Duration`.
  public var duration: Duration { .nanoseconds(nanoseconds) }

  /// Whether `left` is shorter.
  public static func < (left: Interval, right: Interval) -> Bool { left.nanoseconds < right.nanoseconds }

  /// The sum of two lengths.
  public static func + (left: Interval, right: Interval) -> Interval {
    Interval(nanoseconds: left.nanoseconds + right.nanoseconds)
  }

  /// A part of a length.
  public static func / (interval: Interval, divisor: Int64) -> Interval {
    Interval(nanoseconds: interval.nanoseconds / divisor)
  }
}
