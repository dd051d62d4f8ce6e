import ReplicationCore

/// Clients of the master, and persons with curl.
extension Simulation {
  func add() {
    // Some clients still know the old master.
    let alive = masters.filter { $0.isAlive && $0.core != nil }
    guard let master = random.chance(0.9) ? alive.last : alive.first, let core = master.core else { return }
    guard core.readOnly == nil else { return }
    guard core.hasRoomForWaiter(core.nodes) else { return count(.waiterLimitReached) }
    added += 1
    // Now and then the same text as before: duplicates are recognised by offset, never by text.
    let text = random.chance(0.2) ? "same" : "m\(added)" + String(repeating: ".", count: random.number(0...60))
    let offset = master.log.append(payload: Array(text.utf8), epoch: core.mastership.epoch, time: UInt64(step))
    let writeConcern = random.number(1...core.nodes)
    guard let waiter = master.core?.wait(for: offset, writeConcern: writeConcern) else { return }
    note("master \(master.index) takes \(offset), w=\(writeConcern)")
    master.waiting.insert(waiter)
    if random.chance(0.1) {
      schedule(.cancel(master: master.index, waiter), after: random.milliseconds(0...3000))
    }
    master.log.sync()
    startSync(of: master.log, owner: .master(master.index))
    turn(master)
  }

  func cancel(_ waiter: WaiterID, of master: MasterProcess) {
    guard master.isAlive, let wasWaiting = master.core?.cancel(waiter) else { return }
    if wasWaiting { count(.clientGone) }
    if (master.waiting.remove(waiter) != nil) != wasWaiting {
      fail(Invariants.counted, "\(waiter) was \(wasWaiting ? "" : "not ")waiting")
    }
  }

  func inject() {
    guard let index = running[random.number(0...scenario.followers - 1)], !processes[index].isPaused else { return }
    let process = processes[index]
    let offset = Offset(random.chance(0.05) ? .max : UInt64(random.number(1...8)))
    let text = Array(random.chance(0.3) ? "another".utf8 : "by hand \(offset)".utf8)
    count(.injected)
    var events: [FollowerEvent] = []
    let hadPromise = process.follower.promise != nil
    let before = process.log.end
    let outcome = process.follower.inject(text, at: offset, log: process.log) { events.append($0) }
    note("a person puts \(offset) on follower \(index): \(outcome)")
    count(.answeredInjection)
    if hadPromise, process.log.end != before || outcome == .stored || outcome == .held {
      fail("a follower that has met a master takes nothing by hand", "\(outcome) of \(offset)")
    }
    for event in events {
      note("follower \(index): \(event)")
      if let happening = Happening(event) { count(happening) }
    }
    process.log.sync()
    startSync(of: process.log, owner: .follower(index))
  }
}
