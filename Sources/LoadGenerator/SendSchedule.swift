/// When each request of a run leaves. All times count from the run's start.
///
/// A closed loop sends whenever it may. An open loop has a fixed time for each request, which no answer moves: a request that
/// leaves late is late by its schedule, so that a node that stalls can't hide the requests which it kept from being sent.
struct SendSchedule: Sendable {
  /// What there is to do now.
  enum Step: Sendable, Equatable {
    /// A request is to leave. Its latency counts from this time, which may be long ago.
    case send(scheduled: Duration)
    /// None is due before this time.
    case wait(until: Duration)
    /// None leaves any more.
    case ended
  }

  private let rate: Int?
  private let countMax: Int?
  private let end: Duration
  /// How many requests have left.
  private(set) var sent = 0

  /// - Parameter plan: what the run is to be.
  init(_ plan: LoadPlan) {
    rate = plan.rate
    end = plan.end
    countMax = if case .count(let count) = plan.extent { count } else { nil }
  }

  /// What there is to do, for one who has a connection to spare. A request that is to leave is counted as sent.
  /// - Parameter now: since the start.
  mutating func next(at now: Duration) -> Step {
    guard now < end, countMax.map({ sent < $0 }) ?? true else { return .ended }
    let scheduled = rate.map { due(sent, $0) } ?? now
    guard scheduled < end else { return .ended }
    guard scheduled <= now else { return .wait(until: scheduled) }
    sent += 1
    return .send(scheduled: scheduled)
  }

  /// How many requests the schedule had and none was free to send; 0 for a closed loop, which has no schedule.
  var notSent: Int {
    guard let rate else { return 0 }
    let (seconds, attoseconds) = end.components
    let nanoseconds = attoseconds / 1_000_000_000
    let dueBeforeEnd = Int(seconds) * rate + (Int(nanoseconds) * rate + 999_999_999) / 1_000_000_000
    return max(0, min(dueBeforeEnd, countMax ?? .max) - sent)
  }

  /// The time of a request, from 0.
  private func due(_ number: Int, _ rate: Int) -> Duration {
    // Not added up, so that nothing is lost by rounding; the largest number times a billion is within an Int64.
    .nanoseconds(Int64(number) * 1_000_000_000 / Int64(rate))
  }
}
