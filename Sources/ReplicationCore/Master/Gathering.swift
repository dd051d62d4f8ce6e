/// How a batch waits a little for the requests that are about to come.
///
/// Clients that send again as soon as they are answered come in crowds: one follower's answer frees all that its batch
/// carried, and they are back within moments. A batch that left for the first of them would have the rest wait for its answer,
/// and the crowd would travel as two from then on: two batches, and two syncs on each follower, for what one can carry. So,
/// where nothing is on the way and nothing is left over, a batch waits until as many requests have come as came for the last
/// one, but not longer than a batch takes to be answered. If they don't come, fewer are waited for the next time
/// (`docs/adr/0018-batches-wait-for-the-crowd.md`).
///
/// Requests are those that wait for followers; the others are not freed by a follower's answer.
///
/// The idea is that of `commit_delay` and `commit_siblings` (PostgreSQL 15, Write Ahead Log, 20.5.1), with a time and a number
/// that follow the load.
struct Gathering: Sendable {
  /// Fewer are not waited for: a client that is alone, or two that come by chance at once, get no pause.
  private static let crowdMin: UInt64 = 3
  /// Who was answered longer ago is not about to come again. The master answers a large crowd for some milliseconds.
  private static let comesWithin = Interval.milliseconds(10)

  /// How many requests had come when the last batch left.
  private var requestsAtDeparture: UInt64 = 0
  /// How many had come between the last two departures.
  private var crowd: UInt64 = 0
  /// When a batch was taken last; nil for never.
  private var lastAnswer: Instant?
  /// When the pause ends that has begun; nil for none.
  private var pauseEnd: Instant?

  /// A batch left.
  /// - Parameter requests: how many have come so far.
  mutating func departed(requests: UInt64) {
    crowd = requests - requestsAtDeparture
    requestsAtDeparture = requests
    pauseEnd = nil
  }

  /// The follower took a batch.
  mutating func answered(now: Instant) {
    lastAnswer = now
  }

  /// Decides whether a batch leaves now, and begins a pause if not.
  ///
  /// - Parameters:
  ///   - requests: how many have come so far.
  ///   - now: the time.
  ///   - patience: how long a pause lasts at most.
  /// - Returns: until when the batch waits, if no more requests come; nil if it leaves now.
  mutating func pause(requests: UInt64, now: Instant, patience: Interval) -> Instant? {
    guard crowd >= Self.crowdMin, requests - requestsAtDeparture < crowd else { return nil }
    if pauseEnd == nil, let lastAnswer, now < lastAnswer + Self.comesWithin { pauseEnd = now + patience }
    guard let pauseEnd, now < pauseEnd else { return nil }
    return pauseEnd
  }
}
