import LogStorage
import ReplicationCore
import SimulatedDisk

/// The machines: their disks, the storage threads, and what a crash leaves.
extension Simulation {
  static let opens = "a crash alone is never damage: the log opens again, and nothing that was durable is missing"

  /// A process on a machine opens its log.
  /// - Returns: nil if the disk refuses at the moment.
  func openLog(on machine: Machine) -> DiskLog? {
    machine.boot += 1
    machine.isCommitPlanned = false
    let log: DiskLog
    do throws(StorageError) {
      log = try DiskLog.open(
        in: machine.disk, options: scenario.logs[min(machine.index, scenario.followers)],
        newNode: .random(using: &random))
    } catch {
      note("machine \(machine.index): the log doesn't open: \(error)")
      count(.openFailed)
      if machine.isSound, !machine.isRotten { fail(Self.opens, "machine \(machine.index): \(error)") }
      return nil
    }
    if log.recovery.tornTail != nil { count(.tornTailCut) }
    if case .damaged(let damage) = log.trouble {
      note("machine \(machine.index): the log is \(damage)")
      count(.damageAtStart)
    }
    if let trouble = log.trouble, machine.isSound, !machine.isRotten {
      fail(Self.opens, "machine \(machine.index): \(trouble)")
    }
    let before = (machine.durable, machine.promise)
    machine.log = log
    machine.node = log.node
    machine.seen = nil
    machine.durable = nil
    observe(machine)
    if let durable = before.0, durable.offset > .zero, machine.chain.point(at: durable.offset) != durable,
      !machine.isRotten
    {
      fail(Self.opens, "machine \(machine.index): \(durable) was durable, the log ends at \(log.end)")
    }
    // What was rotten may be mended by now.
    _ = machine.isWhole
    return log
  }

  /// Takes in, from outside, what a machine's log has come to.
  func observe(_ machine: Machine) {
    guard let log = machine.log else { return }
    let end = log.end
    if let seen = machine.seen, seen == end { return }
    let identity = log.identity
    if let first = histories.lead(&machine.chain, to: end.lastPoint, log: identity.log) {
      machine.changedSince = min(machine.changedSince ?? first, first)
    } else {
      fail(Histories.known, "machine \(machine.index) ends at \(end.lastPoint)")
    }
    if let seen = machine.seen, seen.generation == end.generation,
      end.last < seen.last || end.durable < seen.durable
    {
      fail(Invariants.durableEnd, "machine \(machine.index): \(end)")
    }
    if end.durable > end.last { fail(Invariants.durableEnd, "machine \(machine.index): \(end)") }
    machine.seen = end
    machine.durable = end.durablePoint
    if let master = machine.master { masters[master].chain = machine.chain }
  }

  /// Plans what the storage threads have to do.
  func planCommits() {
    for machine in machines {
      guard let log = machine.log, !machine.isCommitPlanned else { continue }
      let end = log.end
      guard end.last != end.durable || log.trouble != nil else { continue }
      let isSlow = !isHealed && now < machine.slowUntil
      planCommit(on: machine, after: random.milliseconds(isSlow ? 50...800 : scenario.syncMilliseconds))
    }
  }

  private func planCommit(on machine: Machine, after interval: Interval) {
    machine.isCommitPlanned = true
    schedule(.commit(machine: machine.index, boot: machine.boot), after: interval)
  }

  /// A storage thread does what there is to do.
  func commit(_ machine: Machine, boot: Int) {
    guard machine.boot == boot, let log = machine.log else { return }
    if let process = follower(on: machine), process.isPaused {
      return process.deferred.append { [self] in commit(machine, boot: boot) }
    }
    machine.isCommitPlanned = false
    let isMore = log.commitOnce()
    if isMore {
      planCommit(on: machine, after: random.milliseconds(0.01...0.1))
    } else if log.trouble != nil {
      planCommit(on: machine, after: .seconds(1))
    }
    observe(machine)
    logChanged(on: machine)
  }

  /// What the services do when their log tells that something changed.
  private func logChanged(on machine: Machine) {
    if let process = follower(on: machine) {
      recoverFromDamage(process)
      answerDurable(process)
    } else if let master = machine.master.map({ masters[$0] }), master.isAlive {
      masterLogChanged(master)
    }
  }

  func follower(on machine: Machine) -> FollowerProcess? {
    guard machine.index < scenario.followers else { return nil }
    return running[machine.index].map { processes[$0] }
  }

  // MARK: Crashes

  /// Whatever runs on the machine is gone.
  func crash(_ machine: Machine, isPowerLoss: Bool) {
    let disk = isPowerLoss ? machine.disk.crashed(using: &random) : machine.disk.killed()
    crash(machine, leaving: disk)
  }

  func crash(_ machine: Machine, leaving disk: SimulatedDisk) {
    observe(machine)
    endProcess(on: machine)
    machine.crash(leaving: disk, seed: random.next())
  }

  func endProcess(on machine: Machine) {
    if let process = follower(on: machine) {
      process.isAlive = false
      running[machine.index] = nil
      for (_, message) in process.handled.sorted(by: { $0.key < $1.key }) where random.chance(0.7) {
        schedule(.failure(message, reason: "connection reset"), after: latency())
      }
    } else if let master = machine.master {
      masters[master].end()
      machine.master = nil
    }
  }

  /// Machines that died in the middle of something.
  func buryTheDead() {
    for machine in machines {
      guard let corpse = machine.faults.corpse else { continue }
      note("machine \(machine.index) died midway")
      count(.diedMidway)
      crash(machine, leaving: corpse)
      restart(machine, within: 0...1500)
      if takesAllDown == machine.index { powerLossOfAll() }
    }
  }

  /// The loss of power that the crash checker of the whole cluster is about.
  func powerLossOfAll() {
    takesAllDown = nil
    count(.powerLossOfAll)
    for machine in machines where !machine.isAbandoned && machine.log != nil {
      crash(machine, isPowerLoss: true)
      restart(machine, within: 0...1500)
    }
  }

  func restart(_ machine: Machine, within milliseconds: ClosedRange<Double>) {
    let interval = random.milliseconds(milliseconds)
    if machine.index < scenario.followers {
      schedule(.call { [self] in startFollower(on: machine.index) }, after: interval)
    } else if machine === machines.last {
      schedule(.call { [self] in startMaster() }, after: interval)
    }
  }

  // MARK: Losses

  /// A disk is replaced: by an empty one, or by another one that is given.
  func replaceDisk(of machine: Machine, by disk: SimulatedDisk? = nil) {
    observe(machine)
    endProcess(on: machine)
    machine.replaceDisk(by: disk ?? emptyDisk(), seed: random.next())
    if disk == nil { diskLost() }
  }

  func emptyDisk() -> SimulatedDisk { SimulatedDisk(keepsLostBytesCached: random.chance(0.5)) }

  /// What was acknowledged and is nowhere any more must have been on disks that were lost.
  func diskLost() {
    if let entry = promises.diskLost(machines) { fail(Promises.copies, "\(entry), losses: \(promises.losses)") }
  }

  /// Something on a machine's disk is no longer what was written.
  func rot(_ machine: Machine) -> Bool {
    let names = machine.disk.names().filter { !$0.hasPrefix("aside-") && !$0.hasSuffix(".new") }
    let segments = names.filter { $0.hasSuffix(".log") }
    guard !machine.isRotten, let log = machine.log, log.end.durable > .zero,
      let name = random.chance(0.8) ? segments.randomElement(using: &random) : names.randomElement(using: &random)
    else { return false }
    let size = (try? machine.disk.open(name, isWritable: false).size()) ?? 0
    // Headers are blocks of 4096 bytes, mostly zeros: what follows them is more interesting.
    let begin = size > 4096 && random.chance(0.8) ? 4096 : 0
    guard size > begin else { return false }
    let position = random.number(begin...size - 1)
    machine.disk.damage(
      random.chance(0.5)
        ? .flippedBit(name, position: position, bit: random.number(0...7))
        : .zeros(name, position..<position + random.number(1...300)))
    note("machine \(machine.index): \(name) rots at \(position)")
    machine.isRotten = true
    machine.wasRotten = true
    diskLost()
    return true
  }
}
