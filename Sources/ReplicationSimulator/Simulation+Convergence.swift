import ReplicationCore

/// What everything must come to after the faults.
extension Simulation {
  /// All that may be lost when the faults end times out once, a master may have to start anew, and then every entry goes
  /// to the slowest follower, one per round trip at worst.
  var convergenceMax: Interval {
    let settings = scenario.settings
    let slowest = scenario.delays.max() ?? .zero
    let sync = Int64(scenario.syncMilliseconds?.upperBound ?? 0)
    let trip = slowest + .milliseconds(2 * Int64(scenario.latencyMilliseconds.upperBound) + sync + 5)
    let outcome = slowest + settings.batchTimeout + settings.unhealthyAfter
    let filling = Interval(nanoseconds: trip.nanoseconds * Int64(added + 8) * 2)
    return outcome + outcome + filling + settings.backoffMax + settings.backoffMax + .seconds(5)
  }

  var hasConverged: Bool { difference == nil }

  var whatDiffers: String { difference ?? "nothing" }

  private var difference: String? {
    guard let master = masters.last, let core = master.core, master.isAlive else { return "no master" }
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
      if process.log.end.durable != end.last { return "follower \(index) holds \(process.log.end) of \(end.last)" }
    }
    let nodes = Set(views.compactMap(\.identity?.node)).count + 1
    if let waiter = master.waiting.first(where: { $0.writeConcern <= nodes }) { return "\(waiter) still waits" }
    return nil
  }
}
