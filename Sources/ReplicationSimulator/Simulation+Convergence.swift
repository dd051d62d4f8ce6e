import LogStorage
import ReplicationCore

/// What everything must come to after the faults.
extension Simulation {
  /// All that may be lost when the faults end times out once, a master may have to start anew, and then every entry goes
  /// to the slowest follower, one per round trip at worst.
  var convergenceMax: Interval {
    let settings = scenario.settings
    let slowest = scenario.delays.max() ?? .zero
    let sync = Int64(scenario.syncMilliseconds.upperBound)
    let trip = slowest + .milliseconds(2 * Int64(scenario.latencyMilliseconds.upperBound) + sync + 5)
    let outcome = slowest + settings.batchTimeout + settings.unhealthyAfter
    let filling = Interval(nanoseconds: trip.nanoseconds * Int64(added + 8) * 3)
    return outcome + outcome + filling + settings.backoffMax + settings.backoffMax + .seconds(60)
  }

  var hasConverged: Bool { difference == nil }

  var whatDiffers: String { difference ?? "nothing" }

  private var difference: String? {
    guard let master = masterMachine.master.map({ masters[$0] }), let core = master.core, !isOperatorBusy else {
      return "no master"
    }
    if let machine = machines.first(where: { !$0.isAbandoned && $0.log?.trouble != nil }) {
      return "the log of machine \(machine.index) is in trouble: \(machine.log?.trouble, default: "")"
    }
    // What a follower has beyond the end of an idle master goes with the next message.
    if lastMaster != master.index { return "the last message was not added" }
    let end = master.log.end
    if end.durable != end.last { return "the master's log is not durable" }
    if let reason = core.readOnly { return "the master is read-only: \(reason)" }
    let views = core.followerViews(now: now)
    for (place, view) in views.enumerated() {
      if view.state != .healthy { return "URL \(place) is \(view.state)" }
      if view.match != end.last { return "URL \(place) is known to hold \(view.match) of \(end.last)" }
      guard let index = running[route[place]] else { return "machine \(route[place]) is down" }
      let process = processes[index]
      if process.follower.promise != core.mastership { return "follower \(index) follows another master" }
      // That it is the same log is checked after every step.
      if process.log.end.durablePoint != end.lastPoint {
        return "follower \(index) holds \(process.log.end) of \(end.lastPoint)"
      }
    }
    let nodes = Set(views.compactMap(\.identity?.node)).count + 1
    if let waiter = master.waiting.keys.first(where: { $0.writeConcern <= nodes }) { return "\(waiter) still waits" }
    if let machine = machines.first(where: { !$0.isAbandoned && !$0.isWhole }) {
      return "something on machine \(machine.index) is rotten"
    }
    return nil
  }

  /// What must be true of all disks in the end.
  func checkTheEnd() {
    guard let master = masterMachine.master.map({ masters[$0] }) else { return }
    for entry in promises.applying where master.chain.point(at: entry.point.offset) != entry.point {
      fail(Promises.final, "\(entry)")
    }
    let all = Set((0..<scenario.followers).map { route[$0] }).map { machines[$0] } + [masterMachine]
    let expected = allEntries(of: master.log)
    for machine in all {
      guard let log = machine.log else { continue }
      let entries = allEntries(of: log)
      if entries != expected {
        let reason = if case .failure(let error) = entries { "\(error)" } else { "it differs" }
        fail("in the end every log can be read and is the same, byte for byte", "machine \(machine.index): \(reason)")
      }
      let report = try? Verify.run(machine.disk)
      if report?.isWhole != true || report?.end != master.log.end.lastPoint {
        fail("in the end every log verifies", "machine \(machine.index): \(report?.problems ?? [])")
      }
    }
    if let half = halfList(in: master.log) { fail("in the end a list is there as a whole, or not at all", "\(half)") }
    for (void, times) in promises.voids { happenings[Happening(void), default: 0] += times }
  }

  /// An entry whose list isn't all there.
  private func halfList(in log: DiskLog) -> LogPoint? {
    guard case .success(let bytes) = allEntries(of: log) else { return nil }
    var half: LogPoint?
    var expected: ListPlace?
    EntryRun(first: Offset(1), last: log.end.last, bytes: bytes).forEach { entry in
      let place = entry.listPlace
      let begins = place.map { $0.index == 0 } ?? true
      if expected.map({ $0 != place }) ?? !begins { half = half ?? entry.point }
      expected = place.flatMap { $0.isLast ? nil : ListPlace(index: $0.index + 1, count: $0.count) }
    }
    return half ?? (expected == nil ? nil : log.end.lastPoint)
  }

  private func allEntries(of log: DiskLog) -> Result<[UInt8], LogReadError> {
    let end = log.end
    var bytes: [UInt8] = []
    var next = Offset(1)
    do throws(LogReadError) {
      while next <= end.last, let run = try log.runEnd(from: next, bytesMax: 1000, entriesMax: 10) {
        bytes.append(contentsOf: try log.read(from: next, through: run.last, generation: end.generation).bytes)
        next = run.last.next
      }
      return .success(bytes)
    } catch {
      return .failure(error)
    }
  }
}
