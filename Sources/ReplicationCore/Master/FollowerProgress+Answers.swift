/// What comes back from a follower.
extension FollowerProgress {
  /// Takes in a follower's answer.
  ///
  /// - Parameters:
  ///   - answer: its words; it has promised itself to this mastership, or is foreign, or can't promise.
  ///   - delivery: what it answers.
  ///   - now: the time.
  ///   - log: the master's.
  ///   - generator: for the jitter of a pause.
  ///   - tell: takes what happened.
  /// - Returns: whether it was taken; false if an earlier process gave it.
  /// - Throws: `LogReadError` if the points can't be compared: the answer was taken, but tells nothing about the log.
  mutating func answered(
    _ answer: ReplicateAnswer, to delivery: Delivery, now: Instant, log: some Log,
    using generator: inout some RandomNumberGenerator, tell: (MasterEvent) -> Void
  ) throws(LogReadError) -> Bool {
    guard isCurrent(answer.identity, answering: delivery.number) else {
      let flight = land(delivery.number)
      if let flight { next = max(match.next, min(next, flight.entries.first)) }
      tell(.staleAnswerDropped(follower: index, identity: answer.identity))
      return false
    }
    let isNew = answer.identity != identity
    hear(answer, now: now)
    let flight = land(delivery.number)
    let isFollowing = answer.log == log.identity.log && answer.promise == delivery.mastership
    var unreadable: LogReadError?
    if isFollowing {
      do throws(LogReadError) {
        try compare(answer, to: delivery, now: now, log: log, tell: tell)
        if held != match { held = try log.wholeEnd(through: match) }
      } catch {
        unreadable = error
      }
    } else if place != .unknown {
      unplace()
    }
    if isNew { tell(.followerMet(follower: index, identity: answer.identity, match: match)) }
    become(found(answer, isFollowing: isFollowing, isNew: isNew), tell: tell)
    next = max(next, match.next)
    if let flight { ended(flight, answer, now: now, using: &generator, tell: tell) }
    // Nothing is on the way and the follower still lacks something: it dropped what came early. Begin where it ends.
    if flights.isEmpty { next = match.next }
    if let unreadable { throw unreadable }
    return true
  }

  /// Somebody is there: the follower as it was known, or another process of it.
  private mutating func hear(_ answer: ReplicateAnswer, now: Instant) {
    delay = answer.delay
    if answer.identity != identity {
      identity = answer.identity
      identityKnownSince = deliveries
      unplace()
      // What is on the way left for an earlier process. Whoever answers it is recognised by its identity.
      forgetFlights(now: now)
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
  }

  private mutating func unplace() {
    match = .zero
    held = .zero
    next = match.next
    place = .unknown
  }

  private mutating func ended(
    _ flight: Flight, _ answer: ReplicateAnswer, now: Instant, using generator: inout some RandomNumberGenerator,
    tell: (MasterEvent) -> Void
  ) {
    switch answer.outcome {
    case .accepted:
      backoff = Backoff(now: now)
      gathering.answered(now: now)
      let time = now - flight.departure
      roundTrip = roundTrip.map { Interval(nanoseconds: ($0.nanoseconds * 7 + time.nanoseconds) / 8) } ?? time
      tell(.acknowledged(follower: index, entries: flight.entries, match: match, roundTrip: time))
    case .held:
      tell(.arrivedEarly(follower: index, entries: flight.entries, match: match))
    case .full, .refused, .mismatch, .foreign, .diverged, .storage:
      lost(flight, now: now, reason: "\(answer.outcome)", using: &generator, tell: tell)
    }
  }

  // MARK: Where the logs part

  /// Compares what the follower says with the master's log, all of it: the follower may hold more than the master has
  /// durable.
  private mutating func compare(
    _ answer: ReplicateAnswer, to delivery: Delivery, now: Instant, log: some Log, tell: (MasterEvent) -> Void
  ) throws(LogReadError) {
    let last = log.end.last
    let end = answer.end
    var isEqual: Bool?
    if end.offset > match, end.offset <= last { isEqual = try log.point(at: end.offset) == end }
    if isEqual == true { match = end.offset }
    guard place != .known else { return }
    var begun: PrefixSearch?
    if case .searching(let search) = place { begun = search }
    var search = begun ?? PrefixSearch(length: min(end.offset, last))
    search.noteEqual(match)
    if isEqual == false { search.noteDifferent(end.offset) }
    if delivery.entries == nil {
      if answer.outcome == .accepted { search.noteEqual(delivery.previous) }
      if answer.outcome == .mismatch { search.noteDifferent(delivery.previous) }
    }
    guard search.probe == nil else {
      place = .searching(search)
      // After news the next question need not wait for the next heartbeat.
      if search != begun { heartbeatDue = now }
      return
    }
    place = .known
    match = max(match, search.common)
    next = match.next
    if match < end.offset { tell(.commonPrefixFound(follower: index, match: match, end: end.offset)) }
  }

  /// Why the follower gets no entries, as its answer says.
  private func found(_ answer: ReplicateAnswer, isFollowing: Bool, isNew: Bool) -> FollowerProblem? {
    if answer.outcome == .storage { return .storage }
    guard isFollowing else { return .foreign(own: answer.log) }
    if answer.outcome == .diverged { return .diverged(offset: match.next) }
    // What it knows to be acknowledged and the master doesn't have: better known before the first conflict than by it.
    if place == .known, answer.commitKnown > match, answer.end.offset > match {
      return .diverged(offset: match.next)
    }
    // Heartbeats are answered as ever: it is over only with another process, which tells anew.
    if !isNew, case .diverged = problem { return problem }
    return nil
  }

  private mutating func become(_ found: FollowerProblem?, tell: (MasterEvent) -> Void) {
    guard found != problem else { return }
    problem = found
    tell(.problemChanged(follower: index, found))
  }

  // MARK: What failed

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

  /// Another process than the known one is believed only if the request left after the known one had answered: only
  /// then did it live later. It may be one that was there before, when a URL led elsewhere for a while.
  private func isCurrent(_ answering: NodeIdentity, answering number: UInt64) -> Bool {
    guard let identity, answering != identity else { return true }
    return number >= identityKnownSince
  }

  private mutating func forgetFlights(now: Instant) {
    flights = [:]
    flightBytes = 0
    roundTrip = nil
    backoff = Backoff(now: now)
  }

  /// Takes in that the follower has promised itself to another mastership, or that nothing is asked of it but who it
  /// is: it is there, but holds nothing that counts.
  mutating func refused(
    by answering: NodeIdentity, to number: UInt64, now: Instant, using generator: inout some RandomNumberGenerator,
    tell: (MasterEvent) -> Void
  ) {
    if identity == nil {
      identity = answering
      identityKnownSince = deliveries
    }
    lastContact = now
    isSilenceTold = false
    unplace()
    guard let flight = land(number) else { return }
    lost(flight, now: now, reason: "refused", using: &generator, tell: tell)
  }
}
