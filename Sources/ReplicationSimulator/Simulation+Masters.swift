import LogStorage
import ReplicationCore

/// The masters, as the service runs them.
extension Simulation {
  func turn(_ master: MasterProcess) {
    guard master.isAlive else { return }
    expire(master)
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

  /// The clients whose time is over are told that their message is stored and not confirmed.
  private func expire(_ master: MasterProcess) {
    for waiter in master.core?.expire(now: now) ?? [] {
      note("master \(master.index) tells the client of \(waiter.offset) that its time is over")
      count(.timedOut)
      let wasWaiting = master.waiting.removeValue(forKey: waiter) != nil
      guard let deadline = waiter.deadline, deadline <= now, wasWaiting else {
        fail(Invariants.counted, "\(waiter) was \(wasWaiting ? "" : "not ")waiting at \(now)")
        continue
      }
    }
  }

  private func carryOut(_ delivery: Delivery, of master: MasterProcess) {
    let request: ReplicateRequest
    do throws(LogReadError) {
      request = try delivery.request(log: master.log, masterURL: "http://master-\(master.index)")
    } catch {
      var events: [MasterEvent] = []
      master.core?.logUnreadable(error) { events.append($0) }
      master.core?.failed(
        delivery, reason: "the master's log can't be read", now: now, using: &random
      ) { events.append($0) }
      return record(events, of: master)
    }
    if let entries = delivery.entries, request.entries.bytes.count != entries.bytes {
      fail("a batch is as large as its delivery says", "\(entries)")
    }
    let message = Message(
      id: nextMessageID(), master: master.index, place: delivery.follower, delivery: delivery, request: request,
      departure: step)
    post(message, timeout: delivery.timeout)
  }

  func answerArrives(_ message: Message, _ answer: ReplicateAnswer, life: Int, held: Offset?) {
    let master = masters[message.master]
    guard master.outstanding.remove(message.id) != nil, let mastership = master.mastership else { return }
    let isRefused =
      answer.outcome == .refused || (answer.promise.epoch >= mastership.epoch && answer.promise != mastership)
    if isRefused, answer.outcome != .foreign {
      master.evidence[message.place].refused()
    } else {
      if let known = master.evidence[message.place].life, known > life { count(.answerOfEarlierProcess) }
      master.evidence[message.place].answered(
        by: life, identity: answer.identity, held: held, departure: message.departure, now: step)
    }
    var events: [MasterEvent] = []
    let reached =
      master.core?.answered(answer, to: message.delivery, now: now, log: master.log, using: &random) {
        events.append($0)
      } ?? []
    note("master \(master.index) hears \(answer.outcome) end=\(answer.end) to \(message.text)")
    record(events, of: master)
    release(reached, of: master)
    turn(master)
  }

  func exchangeFails(_ message: Message, reason: String) {
    let master = masters[message.master]
    guard master.outstanding.remove(message.id) != nil else { return }
    note("master \(master.index) notices that \(message.text) failed: \(reason)")
    var events: [MasterEvent] = []
    master.core?.failed(message.delivery, reason: reason, now: now, using: &random) { events.append($0) }
    record(events, of: master)
    turn(master)
  }

  /// More of a master's own log is durable, or it is in trouble, or out of it.
  func masterLogChanged(_ master: MasterProcess) {
    observe(machines[master.machine])
    var events: [MasterEvent] = []
    let trouble = master.log.trouble
    master.core?.storageTrouble(trouble == .full ? nil : trouble) { events.append($0) }
    let reached = master.log.heldEnd.flatMap { master.core?.stored(through: $0) } ?? []
    record(events, of: master)
    release(reached, of: master)
    turn(master)
  }

  func record(_ events: [MasterEvent], of master: MasterProcess) {
    for event in events {
      note("master \(master.index): \(event)")
      count(Happening(event))
    }
  }

  private func release(_ waiters: [WaiterID], of master: MasterProcess) {
    for waiter in waiters {
      note("master \(master.index) answers the client of \(waiter.offset), w=\(waiter.writeConcern)")
      count(.released)
      released += 1
      let known = master.waiting[waiter]
      invariants.released(waiter, of: master, in: self)
      guard let known else { continue }
      let hasRival = masters.contains { other in
        let isYetToBegin = other.isAlive && other.core == nil
        return other.machine != master.machine && (other.index > master.index || isYetToBegin)
      }
      promises.acknowledged(
        known.point, writeConcern: waiter.writeConcern, lossesBefore: known.losses, hasRival: hasRival)
    }
  }
}
