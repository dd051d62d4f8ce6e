import ReplicationCore

/// The masters, as the service runs them.
extension Simulation {
  /// A master starts: before its first turn it asks every follower for its promise.
  func askFollowers() {
    let master = MasterProcess(index: masters.count, startID: random.next(), places: scenario.followers)
    masters.append(master)
    note("master \(master.index) asks its followers")
    let timeout = Interval.milliseconds(300)
    for place in 0..<scenario.followers {
      let request = ReplicateRequest(
        mastership: Mastership(epoch: .none, startID: master.startID), previousOffset: .zero, previousEpoch: .none,
        commit: .zero, masterURL: "", entries: EntryRun(first: Offset(1), last: .zero, bytes: []))
      post(
        Message(
          id: nextMessageID(), master: master.index, place: place, delivery: nil, request: request, departure: step),
        timeout: timeout)
    }
    schedule(.startMaster(master.index), after: timeout + .milliseconds(1))
  }

  func startMaster(_ master: MasterProcess) {
    guard master.isAlive else { return }
    let before = masters.last { $0.index < master.index && $0.core != nil }?.mastership?.epoch ?? .none
    var clock = 1000 + UInt64((now - Instant(nanoseconds: 0)).milliseconds)
    if !isHealed, random.chance(0.3) { clock -= min(clock - 1, UInt64(random.number(1...9000))) }
    if clock <= before.rawValue { count(.clockBehind) }
    let mastership = Mastership(
      epoch: Epoch(max(clock, master.epochReported.rawValue + 1)), startID: master.startID)
    note("master \(master.index) starts with epoch \(mastership.epoch)")
    master.core = Master(
      mastership: mastership, followers: scenario.followers, settings: scenario.settings, now: now)
    turn(master)
  }

  func turn(_ master: MasterProcess) {
    guard master.isAlive else { return }
    var deliveries: [Delivery] = []
    var events: [MasterEvent] = []
    let wakeUp = master.core?.turn(
      now: now, log: master.log, send: { deliveries.append($0) }, tell: { events.append($0) })
    guard let wakeUp else { return }
    record(events, of: master)
    for delivery in deliveries { carryOut(delivery, of: master) }
    if wakeUp <= now { fail("a master asks to be woken later than now", "\(wakeUp) at \(now)") }
    master.turnTicket += 1
    timeline.insert(.turn(master: master.index, ticket: master.turnTicket), at: wakeUp)
  }

  private func carryOut(_ delivery: Delivery, of master: MasterProcess) {
    guard let core = master.core else { return }
    let previous = delivery.entries?.first.previous ?? .zero
    var run = EntryRun(first: Offset(1), last: .zero, bytes: [])
    if let entries = delivery.entries {
      let end = master.log.end
      guard let read = try? master.log.read(from: entries.first, through: entries.last, generation: end.generation)
      else { return fail("a master's log never shrinks", "\(entries)") }
      if read.bytes.count != entries.bytes { fail("a batch is as large as its delivery says", "\(entries)") }
      run = read
    }
    let request = ReplicateRequest(
      mastership: delivery.mastership, previousOffset: previous,
      previousEpoch: master.log.epoch(at: previous) ?? .none, commit: core.acked.commit,
      masterURL: "http://master-\(master.index)", entries: run)
    let message = Message(
      id: nextMessageID(), master: master.index, place: delivery.follower, delivery: delivery, request: request,
      departure: step)
    post(message, timeout: delivery.timeout)
  }

  func answerArrives(_ message: Message, _ answer: ReplicateAnswer, from process: FollowerProcess, held: Offset) {
    let master = masters[message.master]
    guard master.outstanding.remove(message.id) != nil else { return }
    guard let delivery = message.delivery else {
      master.epochReported = max(master.epochReported, answer.promise.epoch)
      return
    }
    guard let mastership = master.mastership else { return }
    if answer.outcome == .refused || answer.promise != mastership {
      master.evidence[message.place].refused()
    } else {
      if let known = master.evidence[message.place].process, known > process.index { count(.answerOfEarlierProcess) }
      master.evidence[message.place].answered(
        by: process.index, identity: answer.identity, held: held, departure: message.departure, now: step)
    }
    var events: [MasterEvent] = []
    let reached = master.core?.answered(answer, to: delivery, now: now, using: &random) { events.append($0) } ?? []
    note("master \(master.index) hears \(answer.outcome) match=\(answer.matchOffset) to \(message.text)")
    record(events, of: master)
    release(reached, of: master)
    turn(master)
  }

  func exchangeFails(_ message: Message, reason: String) {
    let master = masters[message.master]
    guard master.outstanding.remove(message.id) != nil, let delivery = message.delivery else { return }
    note("master \(master.index) notices that \(message.text) failed: \(reason)")
    var events: [MasterEvent] = []
    master.core?.failed(delivery, reason: reason, now: now, using: &random) { events.append($0) }
    record(events, of: master)
    turn(master)
  }

  func masterSynced(_ master: MasterProcess, _ sync: LaggingLog.Sync) {
    guard master.isAlive else { return }
    master.log.finish(sync)
    release(master.core?.stored(through: master.durableTold) ?? [], of: master)
    turn(master)
  }

  func record(_ events: [MasterEvent], of master: MasterProcess) {
    for event in events {
      note("master \(master.index): \(event)")
      count(Happening(event))
      // Whoever watches over a master that is deposed starts it again.
      if case .readOnlyChanged(.deposed) = event, master === masters.last {
        schedule(.fault(.masterCrash), after: .milliseconds(200))
      }
    }
  }

  private func release(_ waiters: [WaiterID], of master: MasterProcess) {
    for waiter in waiters {
      note("master \(master.index) answers the client of \(waiter.offset), w=\(waiter.writeConcern)")
      count(.released)
      released += 1
      invariants.released(waiter, of: master, in: self)
    }
  }
}
