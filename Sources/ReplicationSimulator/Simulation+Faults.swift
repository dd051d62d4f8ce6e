import ReplicationCore

/// The greater faults, and their end.
extension Simulation {
  func begin() {
    if scenario.sharesNode {
      count(.sharedNode)
      route[1] = route[0]
    }
    for machine in 0..<scenario.followers where random.chance(0.8) { startFollower(on: machine) }
    for machine in 0..<scenario.followers where running[machine] == nil {
      schedule(.restart(machine: machine), after: random.milliseconds(0...3000))
    }
    if random.chance(0.4) {
      for _ in 0..<random.number(1...6) { schedule(.inject, after: random.milliseconds(0...1500)) }
    }
    schedule(.askFollowers, after: random.milliseconds(0...1000))
    let end = Double((scenario.faultsEnd - now).milliseconds)
    // Some clients come in crowds.
    let crowd = random.milliseconds(300...end - 200)
    for _ in 0..<scenario.adds {
      schedule(.add, after: random.chance(0.3) ? crowd + random.milliseconds(0...20) : random.milliseconds(300...end))
    }
    for fault in scenario.faults { timeline.insert(.fault(fault.kind), at: fault.time) }
    timeline.insert(.faultsEnd, at: scenario.faultsEnd)
  }

  func beginFault(_ kind: FaultKind) {
    let machine = random.number(0...scenario.followers - 1)
    switch kind {
    case .partition:
      cut[machine] += 1
      schedule(.reconnect(machine: machine), after: random.milliseconds(50...7000))
    case .pause:
      guard let index = running[machine], !processes[index].isPaused else { return }
      processes[index].isPaused = true
      schedule(.resume(process: index), after: random.milliseconds(50...9000))
    case .crash:
      guard let index = running[machine] else { return }
      crash(processes[index])
      schedule(.restart(machine: machine), after: random.milliseconds(0...(random.chance(0.5) ? 20 : 4000)))
    case .urlsSwapped:
      guard scenario.followers > 1, !scenario.sharesNode else { return }
      let other = (machine + 1) % scenario.followers
      route.swapAt(machine, other)
      schedule(.swapBack(machine, other), after: random.milliseconds(100...3000))
    case .masterCrash, .masterReplaced:
      guard masters.last?.core != nil else { return }
      if kind == .masterCrash { masters.last.map(kill) }
      schedule(.askFollowers, after: random.milliseconds(0...300))
    default: preconditionFailure("\(kind) has no beginning")
    }
    count(kind)
    note("fault: \(kind), machine \(machine)")
  }

  private func kill(_ master: MasterProcess) {
    master.isAlive = false
    master.outstanding = []
    master.waiting = []
  }

  private func crash(_ process: FollowerProcess) {
    process.isAlive = false
    running[process.machine] = nil
    for (_, message) in process.handled.sorted(by: { $0.key < $1.key }) where random.chance(0.7) {
      schedule(.failure(message, reason: "connection reset"), after: latency())
    }
  }

  func resume(_ process: FollowerProcess) {
    process.isPaused = false
    let deferred = process.deferred
    process.deferred = []
    for event in deferred { handOver(event, to: process) }
  }

  /// From here on nothing goes wrong any more, and nobody adds.
  func heal() {
    note("the faults end")
    isHealed = true
    for machine in cut.indices { cut[machine] = 0 }
    route = Array(0..<scenario.followers)
    if scenario.sharesNode { route[1] = route[0] }
    for machine in running.indices {
      if let index = running[machine] { resume(processes[index]) } else { startFollower(on: machine) }
    }
    for master in masters.dropLast() { kill(master) }
    if masters.isEmpty { askFollowers() }
    deadline = now + convergenceMax
  }
}
