/// The pause after failed batches: doubled with each failure up to a cap, and shortened at random by up to a half, so that
/// many senders don't come back at the same moment.
struct Backoff: Sendable, Hashable {
  /// How many attempts in a row have failed.
  private(set) var attempts = 0
  /// When the next may leave.
  private(set) var end: Instant
  /// A batch that left before this failed together with the one that began the pause: it doesn't lengthen it.
  private(set) var begin: Instant

  /// A pause that has not begun.
  init(now: Instant) {
    end = now
    begin = now
  }

  /// - Parameters:
  ///   - now: when the failure was noticed.
  ///   - settings: where the shortest and the longest pause are.
  ///   - generator: for the jitter.
  /// - Returns: the pause.
  mutating func fail(
    now: Instant, settings: ReplicationSettings, using generator: inout some RandomNumberGenerator
  ) -> Interval {
    let (doubled, isTooMuch) = settings.backoffMin.nanoseconds.multipliedReportingOverflow(by: 1 << min(attempts, 20))
    let full = isTooMuch ? settings.backoffMax.nanoseconds : min(settings.backoffMax.nanoseconds, doubled)
    let pause = Interval(nanoseconds: full - Int64.random(in: 0...full / 2, using: &generator))
    attempts += 1
    begin = now
    end = now + pause
    return pause
  }
}
