/// What the master knows about one follower, and what it has on the way to it. All of a sender's decisions are here.
///
/// Invariant: match <= the end of the incarnation that answered, and the logs are equal up to it: the points were
/// compared. While it follows this master the follower never cuts below it.
/// Invariant: next is in (match, last offset + 1].
/// Invariant: entries leave only when it is known where the logs part, and begin right after that.
struct FollowerProgress: Sendable {
  /// Batches that left and were not answered.
  struct Flight: Sendable, Hashable {
    let entries: Delivery.Entries
    let departure: Instant
  }

  /// How much of the follower's log is known to be the master's.
  enum Place: Sendable, Hashable {
    /// It has not answered, or holds another log.
    case unknown
    /// Its end is not a point of the master's log: heartbeats ask for the last one that both have.
    case searching(PrefixSearch)
    /// The logs are equal up to `match`; what the follower has beyond goes when it conflicts.
    case known
  }

  let index: Int
  let settings: ReplicationSettings

  /// Which process of which node answers; nil before the first answer.
  var identity: NodeIdentity?
  /// Answers to deliveries below this number may come from a process before `identity`.
  var identityKnownSince: UInt64 = 0

  /// The highest offset up to which the follower is known to hold the master's entries, durably.
  var match = Offset.zero
  /// What counts as held: up to `match`, or to the beginning of a list that it is in the middle of.
  var held = Offset.zero
  var place = Place.unknown
  /// Why it gets no entries though it answers.
  var problem: FollowerProblem?
  /// The first offset of the next batch.
  var next = Offset.zero.next
  /// The follower's own replication delay, as it says.
  var delay = Interval.zero
  /// Smoothed; how long a batch takes to be answered.
  var roundTrip: Interval?
  var flights: [UInt64: Flight] = [:]
  var flightBytes = 0
  var deliveries: UInt64 = 0
  var lastDeparture: Instant
  /// The log's last offset when the last batch left.
  var endAtDeparture = Offset.zero
  /// How long the next batch waits for more requests.
  var gathering = Gathering()
  var backoff: Backoff
  /// Whether a heartbeat went unanswered since the pause began: only then does an answer end the pause.
  var silentSinceFailure = false
  /// Whether people were told that it doesn't answer: once, not four times a second.
  var isSilenceTold = false

  var lastContact: Instant?
  var state = FollowerState.unhealthy
  var heartbeatDue: Instant

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
  ///   - mastership: the master's; epoch 0 when it only asks who is there.
  ///   - commit: the commit offset.
  ///   - now: the time.
  ///   - log: the master's.
  ///   - requests: how many requests that wait for followers have come so far.
  ///   - send: takes each delivery.
  /// - Returns: when to ask again, if nothing happens before.
  /// - Throws: `LogReadError` if the log can't be read where the follower is; the heartbeat has left.
  mutating func depart(
    as mastership: Mastership, commit: Offset, now: Instant, log: some Log, requests: UInt64,
    send: (Delivery) -> Void
  ) throws(LogReadError) -> Instant {
    if now >= heartbeatDue {
      // A loop that was held up sends one heartbeat, not all that it missed.
      heartbeatDue = now + settings.heartbeatInterval
      send(delivery(nil, as: mastership, commit: commit, timeout: settings.unhealthyAfter))
    }
    let wakeUp = heartbeatDue
    guard state == .healthy, mastership.epoch > .none, place == .known, problem == nil else { return wakeUp }
    while next <= log.end.last {
      if now < backoff.end { return min(wakeUp, backoff.end) }
      if !flights.isEmpty {
        guard flights.count < settings.windowBatches, flightBytes < settings.windowBytes else { return wakeUp }
        // To look for the batch's end may read a file, and each add comes by here: until the pause is over that is done once,
        // in the turn that sends, so that damage is found as soon as it is in the way.
        let due = lastDeparture + ReplicationSettings.departurePauseMin
        if isPrompt, lastDeparture < now, now < due { return min(wakeUp, due) }
      } else if isPrompt, next > endAtDeparture {
        // What was there before the last departure, and is left over or was lost, waits for nobody.
        let patience = min(roundTrip ?? .zero, ReplicationSettings.departurePauseMin)
        if let end = gathering.pause(requests: requests, now: now, patience: patience) { return min(wakeUp, end) }
      }
      guard let run = try batchEnd(in: log) else { return wakeUp }
      let due = lastDeparture + pause(isFull: run.last < log.end.last)
      if !flights.isEmpty, now < due { return min(wakeUp, due) }
      let entries = Delivery.Entries(first: next, last: run.last, bytes: run.bytes)
      let delivery = delivery(entries, as: mastership, commit: commit, timeout: delay + settings.batchTimeout)
      flights[delivery.number] = Flight(entries: entries, departure: now)
      flightBytes += entries.bytes
      lastDeparture = now
      endAtDeparture = log.end.last
      gathering.departed(requests: requests)
      next = run.last.next
      send(delivery)
    }
    return wakeUp
  }

  /// The time between two departures while answers are outstanding.
  ///
  /// While the round trip is long, departures are paced by it: a full window would otherwise turn latency into
  /// stop-and-wait. But a batch that can't grow any more has nothing to wait for: latency is not to limit throughput.
  /// While the round trip is short, a small pause lets batches grow.
  private func pause(isFull: Bool) -> Interval {
    if isPrompt { return ReplicationSettings.departurePauseMin }
    return isFull ? .zero : pace
  }

  /// The time between departures that spreads them over a round trip.
  private var pace: Interval { max(roundTrip ?? delay, delay) / settings.departuresPerRoundTrip }

  /// Whether the round trip is short.
  private var isPrompt: Bool { pace <= ReplicationSettings.departurePauseMin }

  /// How far the next batch goes.
  ///
  /// Large batches carry much through a long round trip. Where it is short they only hold up the others: a follower that
  /// catches up is to leave the machine to those who add messages. But a batch grows with the load: twice what was added since
  /// the last one left always fits, so that a follower gains on the log, however fast that grows.
  private func batchEnd(in log: some Log) throws(LogReadError) -> (last: Offset, bytes: Int)? {
    let bytesMax = settings.batchBytesMax
    let promptBytesMax = isPrompt ? min(bytesMax, ReplicationSettings.promptBatchBytesMax) : bytesMax
    let run = try log.runEnd(from: next, bytesMax: promptBytesMax, entriesMax: settings.batchEntriesMax)
    guard let run, promptBytesMax < bytesMax else { return run }
    let last = log.end.last
    let added = last > endAtDeparture ? last.rawValue - endAtDeparture.rawValue : 0
    let entriesMax = min(2 * Int(clamping: min(added, UInt64(settings.batchEntriesMax))), settings.batchEntriesMax)
    guard run.last < last, run.last.rawValue - next.rawValue + 1 < UInt64(entriesMax) else { return run }
    return try log.runEnd(from: next, bytesMax: bytesMax, entriesMax: entriesMax)
  }

  private mutating func delivery(
    _ entries: Delivery.Entries?, as mastership: Mastership, commit: Offset, timeout: Interval
  ) -> Delivery {
    defer { deliveries += 1 }
    return Delivery(
      number: deliveries, follower: index, mastership: mastership,
      previous: mastership.epoch == .none ? .zero : entries?.first.previous ?? asked, entries: entries,
      commit: min(commit, held), attempt: backoff.attempts, timeout: timeout)
  }

  /// The point that a heartbeat carries.
  private var asked: Offset {
    if case .searching(let search) = place, let probe = search.probe { return probe }
    return match
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
