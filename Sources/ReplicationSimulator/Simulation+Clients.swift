import LogStorage
import ReplicationCore

/// Clients of the master, and persons with curl.
extension Simulation {
  /// After the faults each master that there still is takes one message, to be replicated everywhere.
  func addLast() {
    if let master = masterMachine.master, lastMaster != master {
      let before = added
      add()
      if added > before { lastMaster = master }
    }
    schedule(.call { [self] in addLast() }, after: .milliseconds(200))
  }

  func add() {
    // Some clients still know the old master.
    let alive = masters.filter { $0.isAlive && $0.core != nil }
    guard let master = isHealed || random.chance(0.9) ? alive.last : alive.first, let core = master.core else { return }
    guard core.readOnly == nil else { return }
    let writeConcern = random.number(1...core.nodes)
    guard core.hasRoomForWaiter(writeConcern) else { return count(.waiterLimitReached) }
    // Now and then the same text as before: duplicates are recognised by offset, never by text.
    let text = random.chance(0.2) ? "same" : "m\(step)" + String(repeating: ".", count: random.number(0...120))
    let machine = machines[master.machine]
    let before = master.log.end.lastPoint
    // Not drawn: the seeds go on telling the same stories but for this.
    let texts = Array(repeating: Array(text.utf8), count: step.isMultiple(of: 4) ? 2 + step % 5 : 1)
    let run = EntryRun(messages: texts, epoch: core.mastership.epoch, time: UInt64(step), after: before)
    do throws(LogRefusal) {
      try master.log.append(run)
    } catch {
      note("master \(master.index) takes nothing: \(error)")
      return count(.addRefused)
    }
    let point = master.log.end.lastPoint
    var previous = before
    run.forEach { entry in
      let other = histories.note(
        entry.point, after: previous, log: master.log.identity.log, disk: machine.diskNumber)
      if let other { fail(Histories.once, "\(other) and \(entry.point)") }
      previous = entry.point
    }
    added += texts.count
    let offset = point.offset
    // Not drawn: the seeds go on telling the same stories but for this.
    let deadline = step.isMultiple(of: 5) ? now + .milliseconds(Int64(step % 1000)) : nil
    guard let waiter = master.core?.wait(for: offset, writeConcern: writeConcern, deadline: deadline) else { return }
    note("master \(master.index) takes \(offset), w=\(writeConcern)")
    let unseen = machines.count { !$0.isAbandoned && !$0.isWhole }
    master.waiting[waiter] = (point, promises.losses - unseen)
    if !isHealed, random.chance(0.1) {
      schedule(.cancel(master: master.index, waiter), after: random.milliseconds(0...3000))
    }
    master.log.sync()
    turn(master)
  }

  func cancel(_ waiter: WaiterID, of master: MasterProcess) {
    guard master.isAlive, let wasWaiting = master.core?.cancel(waiter) else { return }
    if wasWaiting { count(.clientGone) }
    if (master.waiting.removeValue(forKey: waiter) != nil) != wasWaiting {
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
    let hadMaster = process.log.identity.log != .none
    let before = process.log.end
    let outcome = process.follower.inject(text, at: offset, log: process.log) { events.append($0) }
    note("a person puts \(offset) on follower \(index): \(outcome)")
    count(.answeredInjection)
    if hadMaster, process.log.end != before || outcome == .stored || outcome == .held {
      fail("a follower that has met a master takes nothing by hand", "\(outcome) of \(offset)")
    }
    noteByHand(process.log, from: before.lastPoint)
    record(events, of: process)
    process.log.sync()
  }

  private func noteByHand(_ log: DiskLog, from before: LogPoint) {
    var before = before
    while before.offset < log.end.last, let point = try? log.point(at: before.offset.next) {
      _ = histories.note(point, after: before, log: .none, disk: 0)
      before = point
    }
  }
}
