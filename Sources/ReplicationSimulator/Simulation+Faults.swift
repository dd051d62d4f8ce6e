import LogStorage
import ReplicationCore
import SimulatedDisk

/// The greater faults, and their end.
extension Simulation {
  func begin() {
    for number in 0...scenario.followers {
      machines.append(Machine(index: number, disk: emptyDisk(), seed: random.next()))
    }
    if scenario.sharesNode {
      count(.sharedNode)
      route[1] = route[0]
    }
    for number in 0..<scenario.followers where random.chance(0.8) { startFollower(on: number) }
    for number in 0..<scenario.followers where running[number] == nil {
      restart(machines[number], within: 0...3000)
    }
    if random.chance(0.4) {
      for _ in 0..<random.number(1...6) { schedule(.inject, after: random.milliseconds(0...1500)) }
    }
    restart(masterMachine, within: 0...1000)
    schedule(.operatorLooks, after: .milliseconds(300))
    let end = Double((scenario.faultsEnd - now).milliseconds)
    // Some clients come in crowds.
    let crowd = random.milliseconds(300...end - 200)
    for _ in 0..<scenario.adds {
      schedule(.add, after: random.chance(0.3) ? crowd + random.milliseconds(0...20) : random.milliseconds(300...end))
    }
    for _ in 0..<2 { schedule(.call { [self] in backUp() }, after: random.milliseconds(500...end)) }
    for fault in scenario.faults { timeline.insert(.fault(fault.kind), at: fault.time) }
    timeline.insert(.faultsEnd, at: scenario.faultsEnd)
  }

  /// Somebody copies the master's disk.
  private func backUp() {
    let machine = masterMachine
    if let log = machine.log, log.identity.log != LogID.none, !machine.isRotten { backup = machine.disk.killed() }
  }

  func beginFault(_ kind: FaultKind) {
    guard !isHealed else { return }
    let number = random.number(0...scenario.followers - 1)
    guard happens(kind, to: number) else { return }
    // Counted when it happens, for all machines.
    if kind != .powerLossOfAll { count(kind) }
    note("fault: \(kind), machine \(number)")
  }

  private func happens(_ kind: FaultKind, to number: Int) -> Bool {
    let follower = machines[number]
    switch kind {
    case .partition:
      cutOff(number, milliseconds: 50...7000)
    case .pause:
      guard let process = running[number].map({ processes[$0] }), !process.isPaused else { return false }
      process.isPaused = true
      schedule(.call { [self] in resume(process) }, after: random.milliseconds(50...9000))
    case .crash, .powerLoss:
      guard running[number] != nil else { return false }
      stop(follower, isPowerLoss: kind == .powerLoss)
    case .powerLossOfAll:
      return takeAllDown()
    case .urlsSwapped:
      return swapURLs(number)
    case .masterCrash:
      guard masterMachine.master != nil, !isOperatorBusy else { return false }
      stop(masterMachine, isPowerLoss: random.chance(0.6))
    case .masterRestored:
      return restoreMaster()
    case .slowSync:
      let machine = anyMachine
      machine.slowUntil = now + random.milliseconds(500...5000)
    case .diskFailing, .diskFull:
      spoil(anyMachine, isFull: kind == .diskFull)
    case .rot:
      guard running[number] != nil else { return false }
      return rot(follower)
    case .masterRot:
      guard masterMachine.master != nil else { return false }
      return rot(masterMachine)
    case .followerWiped:
      replaceDisk(of: follower)
      restart(follower, within: 0...2000)
    case .masterWiped:
      guard masterMachine.master != nil, !isOperatorBusy else { return false }
      replaceDisk(of: masterMachine)
      if random.chance(0.3) {
        cutSomeOff()
        startMaster()
      } else {
        startMasterWhenAllAreThere()
      }
    default: preconditionFailure("\(kind) has no beginning")
    }
    return true
  }

  private var anyMachine: Machine {
    random.chance(0.4) ? masterMachine : machines[random.number(0...scenario.followers - 1)]
  }

  /// At once, or in the middle of what it does next.
  private func stop(_ machine: Machine, isPowerLoss: Bool) {
    if random.chance(0.4) {
      machine.faults.die(afterChanges: random.number(1...15), isPowerLoss: isPowerLoss)
    } else {
      crash(machine, isPowerLoss: isPowerLoss)
      restart(machine, within: 0...(random.chance(0.5) ? 20 : 4000))
    }
  }

  private func takeAllDown() -> Bool {
    guard !isOperatorBusy else { return false }
    if random.chance(0.5) {
      let machine = anyMachine
      takesAllDown = machine.index
      machine.faults.die(afterChanges: random.number(1...15), isPowerLoss: true)
    } else {
      powerLossOfAll()
    }
    return true
  }

  private func swapURLs(_ number: Int) -> Bool {
    guard scenario.followers > 1, !scenario.sharesNode else { return false }
    let other = (number + 1) % scenario.followers
    route.swapAt(number, other)
    schedule(
      .call { [self] in if !isHealed { route.swapAt(number, other) } }, after: random.milliseconds(100...3000))
    return true
  }

  private func restoreMaster() -> Bool {
    guard let backup, !isOperatorBusy else { return false }
    let old = masterMachine
    observe(old)
    old.isAbandoned = true
    diskLost()
    let end = random.chance(0.5) ? Interval.zero : random.milliseconds(100...4000)
    schedule(.call { [self] in if old.log != nil { crash(old, isPowerLoss: false) } }, after: end)
    machines.append(Machine(index: machines.count, disk: backup.killed(), disksEver: 1, seed: random.next()))
    if random.chance(0.5) { cutSomeOff() }
    startMaster()
    return true
  }

  /// A master that starts now does not hear of everything.
  private func cutSomeOff() {
    for number in 0..<scenario.followers where random.chance(0.7) {
      count(.partition)
      cutOff(number, milliseconds: 1000...5000)
    }
  }

  private func cutOff(_ number: Int, milliseconds: ClosedRange<Double>) {
    cut[number] += 1
    schedule(.call { [self] in cut[number] = max(0, cut[number] - 1) }, after: random.milliseconds(milliseconds))
  }

  private func spoil(_ machine: Machine, isFull: Bool) {
    if isFull {
      machine.disk.setCapacity(0)
    } else {
      machine.faults.failing = random.chance(0.4) ? 1 : Double.random(in: 0.02...0.5, using: &random)
    }
    schedule(
      .call { if isFull { machine.disk.setCapacity(nil) } else { machine.faults.failing = 0 } },
      after: random.milliseconds(50...4000))
  }

  func resume(_ process: FollowerProcess) {
    process.isPaused = false
    let deferred = process.deferred
    process.deferred = []
    for event in deferred { handOver(to: process, event) }
  }

  /// From here on nothing goes wrong any more, and nobody adds. What rots unseen is met at a restart.
  func heal() {
    note("the faults end")
    isHealed = true
    for number in cut.indices { cut[number] = 0 }
    route = Array(0..<scenario.followers)
    if scenario.sharesNode { route[1] = route[0] }
    for machine in machines {
      machine.heal()
      if machine.isAbandoned, machine.log != nil { crash(machine, isPowerLoss: false) }
    }
    for number in running.indices {
      if let index = running[number] { resume(processes[index]) }
      if !machines[number].isWhole, running[number] != nil { crash(machines[number], isPowerLoss: false) }
      startFollower(on: number)
    }
    if !masterMachine.isWhole, masterMachine.master != nil {
      crash(masterMachine, isPowerLoss: false)
      restart(masterMachine, within: 0...300)
    }
    addLast()
    deadline = now + convergenceMax
  }
}
