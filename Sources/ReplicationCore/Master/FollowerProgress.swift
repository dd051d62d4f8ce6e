/// What the master knows about one follower, and what it has on the way to it. All of a sender's decisions are here.
///
/// Invariant: match <= the end of the incarnation that answered.
/// Invariant: next is in (match, last offset + 1].
struct FollowerProgress: Sendable {
  /// Batches that left and were not answered.
  struct Flight: Sendable, Hashable {
    let entries: Delivery.Entries
    let departure: Instant
  }

  let index: Int
  let settings: ReplicationSettings

  /// Which process of which node answers; nil before the first answer.
  private(set) var identity: NodeIdentity?
  /// Answers to deliveries below this number may come from a process before `identity`.
  private var identityKnownSince: UInt64 = 0

  /// The highest offset known to be stored contiguously on the follower.
  private(set) var match = Offset.zero
  /// The first offset of the next batch.
  private(set) var next = Offset.zero.next
  /// The follower's own replication delay, as it says.
  private(set) var delay = Interval.zero
  /// Smoothed; how long a batch takes to be answered.
  private var roundTrip: Interval?
  private var flights: [UInt64: Flight] = [:]
  private var flightBytes = 0
  private var deliveries: UInt64 = 0
  private var lastDeparture: Instant
  private var backoff: Backoff
  /// Whether a heartbeat went unanswered since the pause began: only then does an answer end the pause.
  private var silentSinceFailure = false
  /// Whether people were told that it doesn't answer: once, not four times a second.
  private var isSilenceTold = false

  private(set) var lastContact: Instant?
  private(set) var state = FollowerState.unhealthy
  private var heartbeatDue: Instant

  init(index: Int, settings: ReplicationSettings, now: Instant) {
    self.index = index
    self.settings = settings
    lastDeparture = now
    heartbeatDue = now
    backoff = Backoff(now: now)
  }

  /// How many batches are on the way.
  var inFlight: Int { flights.count }

  // MARK: Leaving

  /// Decides what leaves now.
  ///
  /// - Parameters:
  ///   - mastership: the master's; epoch 0 when it was refused for a later one, and only asks who is there.
  ///   - now: the time.
  ///   - log: the master's.
  ///   - send: takes each delivery.
  /// - Returns: when to ask again, if nothing happens before.
  mutating func depart(
    as mastership: Mastership, now: Instant, log: some Log, send: (Delivery) -> Void
  ) -> Instant {
    if now >= heartbeatDue {
      // A loop that was held up sends one heartbeat, not all that it missed.
      heartbeatDue = now + settings.heartbeatInterval
      send(delivery(nil, as: mastership, timeout: settings.unhealthyAfter))
    }
    let wakeUp = heartbeatDue
    while true {
      guard state == .healthy, mastership.epoch > .none, next <= log.end.last else { return wakeUp }
      if now < backoff.end { return min(wakeUp, backoff.end) }
      if !flights.isEmpty {
        guard flights.count < settings.windowBatches, flightBytes < settings.windowBytes else { return wakeUp }
      }
      guard
        let run = log.runEnd(from: next, bytesMax: settings.batchBytesMax, entriesMax: settings.batchEntriesMax)
      else { return wakeUp }
      let due = lastDeparture + pause(isFull: run.last < log.end.last)
      if !flights.isEmpty, now < due { return min(wakeUp, due) }
      let entries = Delivery.Entries(first: next, last: run.last, bytes: run.bytes)
      let delivery = delivery(entries, as: mastership, timeout: delay + settings.batchTimeout)
      flights[delivery.number] = Flight(entries: entries, departure: now)
      flightBytes += entries.bytes
      lastDeparture = now
      next = run.last.next
      send(delivery)
    }
  }

  /// The time between two departures while answers are outstanding.
  ///
  /// While the round trip is long, departures are paced by it: a full window would otherwise turn latency into
  /// stop-and-wait. But a batch that can't grow any more has nothing to wait for: latency is not to limit throughput.
  /// While the round trip is short, a small pause lets batches grow.
  private func pause(isFull: Bool) -> Interval {
    let expected = max(roundTrip ?? delay, delay) / settings.departuresPerRoundTrip
    if expected <= ReplicationSettings.departurePauseMin { return ReplicationSettings.departurePauseMin }
    return isFull ? .zero : expected
  }

  private mutating func delivery(
    _ entries: Delivery.Entries?, as mastership: Mastership, timeout: Interval
  ) -> Delivery {
    defer { deliveries += 1 }
    return Delivery(
      number: deliveries, follower: index, mastership: mastership, entries: entries, attempt: backoff.attempts,
      timeout: timeout)
  }

  // MARK: Coming back

  /// Takes in a follower's answer.
  ///
  /// - Parameters:
  ///   - answer: its words.
  ///   - number: which delivery it answers.
  ///   - now: the time.
  ///   - generator: for the jitter of a pause.
  ///   - tell: takes what happened.
  /// - Returns: whether it was taken; false if an earlier process gave it.
  mutating func answered(
    _ answer: ReplicateAnswer, to number: UInt64, now: Instant, using generator: inout some RandomNumberGenerator,
    tell: (MasterEvent) -> Void
  ) -> Bool {
    guard isCurrent(answer.identity, answering: number) else {
      let flight = land(number)
      if let flight { next = max(match.next, min(next, flight.entries.first)) }
      tell(.staleAnswerDropped(follower: index, identity: answer.identity))
      return false
    }
    delay = answer.delay
    if answer.identity != identity {
      adopt(answer, now: now, tell: tell)
    } else if state != .healthy {
      // It was silent and is back: what was on the way may be lost with the connections. Sending it twice does no harm.
      forgetFlights(now: now)
      next = match.next
    } else if silentSinceFailure {
      backoff = Backoff(now: now)
    }
    lastContact = now
    isSilenceTold = false
    silentSinceFailure = false
    match = max(match, answer.matchOffset)
    next = max(next, match.next)
    if let flight = land(number) {
      switch answer.outcome {
      case .accepted:
        backoff = Backoff(now: now)
        let time = now - flight.departure
        roundTrip = roundTrip.map { Interval(nanoseconds: ($0.nanoseconds * 7 + time.nanoseconds) / 8) } ?? time
        tell(.acknowledged(follower: index, entries: flight.entries, match: match, roundTrip: time))
      case .held:
        tell(.arrivedEarly(follower: index, entries: flight.entries, match: match))
      case .full, .refused, .mismatch:
        lost(flight, now: now, reason: "\(answer.outcome)", using: &generator, tell: tell)
      }
    }
    // Nothing is on the way and the follower still lacks something: it dropped what came early. Begin where it ends.
    if flights.isEmpty { next = match.next }
    return true
  }

  /// Takes in that a delivery brought no answer, or one that a follower doesn't give.
  mutating func failed(
    _ number: UInt64, reason: String, now: Instant, using generator: inout some RandomNumberGenerator,
    tell: (MasterEvent) -> Void
  ) {
    guard let flight = land(number) else {
      silentSinceFailure = true
      if !isSilenceTold {
        isSilenceTold = true
        tell(.unanswered(follower: index, reason: reason))
      }
      return
    }
    lost(flight, now: now, reason: reason, using: &generator, tell: tell)
  }

  private mutating func lost(
    _ flight: Flight, now: Instant, reason: String, using generator: inout some RandomNumberGenerator,
    tell: (MasterEvent) -> Void
  ) {
    next = max(match.next, min(next, flight.entries.first))
    guard flight.departure >= backoff.begin || backoff.attempts == 0 else { return }
    let pause = backoff.fail(now: now, settings: settings, using: &generator)
    silentSinceFailure = false
    tell(
      .failed(
        follower: index, entries: flight.entries, attempt: backoff.attempts, pause: pause, reason: reason))
  }

  private mutating func land(_ number: UInt64) -> Flight? {
    guard let flight = flights.removeValue(forKey: number) else { return nil }
    flightBytes -= flight.entries.bytes
    return flight
  }

  /// Another process than the known one is believed only if the request left after the known one had answered: only then
  /// did it live later. It may be one that was there before, when a URL led elsewhere for a while.
  private func isCurrent(_ answering: NodeIdentity, answering number: UInt64) -> Bool {
    guard let identity, answering != identity else { return true }
    return number >= identityKnownSince
  }

  private mutating func adopt(_ answer: ReplicateAnswer, now: Instant, tell: (MasterEvent) -> Void) {
    identity = answer.identity
    identityKnownSince = deliveries
    // What is on the way left for an earlier process. Whoever answers it is recognised by its identity.
    forgetFlights(now: now)
    match = answer.matchOffset
    next = match.next
    tell(.followerMet(follower: index, identity: answer.identity, match: match))
  }

  private mutating func forgetFlights(now: Instant) {
    flights = [:]
    flightBytes = 0
    roundTrip = nil
    backoff = Backoff(now: now)
  }

  /// Takes in that the follower has promised itself to another mastership: it is there, but holds nothing of this one.
  mutating func refused(
    to number: UInt64, now: Instant, using generator: inout some RandomNumberGenerator, tell: (MasterEvent) -> Void
  ) {
    lastContact = now
    isSilenceTold = false
    match = .zero
    guard let flight = land(number) else { return }
    lost(flight, now: now, reason: "refused", using: &generator, tell: tell)
  }

  // MARK: Health

  /// Judges the follower by the time of its last answer.
  /// - Returns: when its state would change by silence alone; nil if it wouldn't.
  mutating func judge(now: Instant, tell: (MasterEvent) -> Void) -> Instant? {
    let judged = FollowerState(silence: lastContact.map { now - $0 }, settings: settings)
    if judged != state {
      tell(.stateChanged(follower: index, from: state, to: judged))
      state = judged
    }
    guard let lastContact else { return nil }
    switch state {
    case .healthy: return lastContact + settings.suspectedAfter
    case .suspected: return lastContact + settings.unhealthyAfter
    case .unhealthy: return nil
    }
  }
}
