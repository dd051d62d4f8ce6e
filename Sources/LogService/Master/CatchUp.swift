import ReplicationCore

/// How fast a follower that is far behind comes nearer: for `/health` and the log. Decides nothing.
struct CatchUp: Sendable {
  /// What people may want to know.
  enum Event: Sendable, Hashable {
    /// It is on its way; `timeLeft` is nil while it doesn't come nearer.
    case progress(match: Offset, lag: UInt64, entriesPerSecond: UInt64, timeLeft: Interval?)
    /// It is no longer far behind.
    case caughtUp(match: Offset)
  }

  /// A follower that lacks fewer entries than this is not told of.
  static let lagMin: UInt64 = 10_000
  /// How often the rate is measured.
  static let measureInterval = Interval.seconds(1)
  /// How often a line is written.
  static let tellInterval = Interval.seconds(3)

  private struct Sample {
    let time: Instant
    let match: Offset
    let lag: UInt64
  }

  private var sample: Sample?
  private var toldAt: Instant?
  private(set) var isBehind = false
  /// Entries per second that it stores, over the last measured interval.
  private(set) var entriesPerSecond: UInt64 = 0
  /// How long it will take at this rate; nil while it doesn't come nearer.
  private(set) var timeLeft: Interval?

  /// Takes in where the follower is now.
  /// - Returns: what is to be told now, if anything.
  mutating func note(match: Offset, last: Offset, now: Instant) -> Event? {
    let lag = last.distance(from: match)
    guard lag >= Self.lagMin else {
      defer { self = CatchUp() }
      return isBehind ? .caughtUp(match: match) : nil
    }
    // A wiped follower begins anew: what was measured before says nothing.
    if !isBehind || sample.map({ $0.match > match }) ?? true {
      self = CatchUp()
      isBehind = true
      sample = Sample(time: now, match: match, lag: lag)
      toldAt = now
    }
    measure(match: match, lag: lag, now: now)
    guard let toldAt, now - toldAt >= Self.tellInterval else { return nil }
    self.toldAt = now
    return .progress(match: match, lag: lag, entriesPerSecond: entriesPerSecond, timeLeft: timeLeft)
  }

  private mutating func measure(match: Offset, lag: UInt64, now: Instant) {
    guard let before = sample, now - before.time >= Self.measureInterval else { return }
    let milliseconds = UInt64(max(1, (now - before.time).milliseconds))
    entriesPerSecond = match.distance(from: before.match) * 1000 / milliseconds
    // The log grows meanwhile: what counts is how fast the lag shrinks.
    let nearer = before.lag > lag ? before.lag - lag : 0
    timeLeft = nearer > 0 ? .milliseconds(Int64(clamping: lag / nearer * milliseconds)) : nil
    sample = Sample(time: now, match: match, lag: lag)
  }
}
