import LogStorage
import ReplicationCore
import SimulatedDisk

/// The person who runs the cluster: starts what stopped, and does what a read-only master says is to be done.
extension Simulation {
  func operatorLooks() {
    schedule(.operatorLooks, after: .milliseconds(300))
    guard !isOperatorBusy, let index = masterMachine.master else { return }
    let master = masters[index]
    guard let core = master.core else { return }
    let views = core.followerViews(now: now)
    let foreign = views.contains { if case .foreign = $0.problem { true } else { false } }
    switch core.readOnly {
    case .deposed:
      restartMaster()
    case .diverged:
      // What it only lacks is copied back by a restart; if it is more than that, the start says so.
      restartMaster()
    case .recoverNeeded(let place, _) where recoveriesInRow >= 2:
      // Two histories, both known to be acknowledged: the person decides for that of the later epoch.
      wipeByHand(machines[route[place]])
      recover()
    case .recoverNeeded, .storage(.damaged):
      recover()
    case nil where !foreign:
      recoveriesInRow = 0
    default:
      if foreign { recover() }
    }
  }

  private func restartMaster() {
    let machine = masterMachine
    crash(machine, isPowerLoss: false)
    restart(machine, within: 0...300)
  }

  private func wipeByHand(_ machine: Machine) {
    note("a person wipes machine \(machine.index)")
    count(.wipedByHand)
    replaceDisk(of: machine)
    restart(machine, within: 0...300)
  }

  /// After the master's disk was replaced by an empty one: everybody else is to be there first.
  func startMasterWhenAllAreThere() {
    isOperatorBusy = true
    let isReady = (0..<scenario.followers).allSatisfy { number in
      cut[number] == 0 && running[number].map { !processes[$0].isPaused } ?? false
    }
    guard isReady else {
      return schedule(.call { [self] in startMasterWhenAllAreThere() }, after: .milliseconds(200))
    }
    isOperatorBusy = false
    startMaster()
  }

  /// `replog recover`, with every follower asked.
  private func recover() {
    isOperatorBusy = true
    recoveriesInRow += 1
    note("a person stops the master and recovers its log")
    crash(masterMachine, isPowerLoss: false)
    askForHeads()
  }

  private func recoverAgain() {
    schedule(.call { [self] in askForHeads() }, after: .milliseconds(500))
  }

  private func askForHeads() {
    var open = scenario.followers
    var heads: [(place: Int, head: FetchAnswer)] = []
    for place in 0..<scenario.followers {
      ask(place, FetchRequest(log: .none, after: .zero, bytesMax: 0), timeout: .seconds(2)) { [self] answer in
        open -= 1
        if let answer { heads.append((place, answer)) }
        guard open == 0 else { return }
        // One that does not answer may be the one that matters.
        guard heads.count == scenario.followers else { return recoverAgain() }
        choose(among: heads.sorted { $0.place < $1.place })
      }
    }
  }

  private func choose(among heads: [(place: Int, head: FetchAnswer)]) {
    let sources = heads.filter { $0.head.end.offset > .zero }
    guard let oldest = logs.first(where: { log in sources.contains { $0.head.log == log } }) else {
      note("nobody holds anything")
      replaceDisk(of: masterMachine)
      isOperatorBusy = false
      return startMaster()
    }
    let others = sources.filter { $0.head.log != oldest }
    guard others.isEmpty else {
      // A log that was begun where the old one could not be heard of.
      for number in Set(others.map { route[$0.place] }).sorted() { wipeByHand(machines[number]) }
      return recoverAgain()
    }
    let promise = sources.map(\.head.promise).max { $0.epoch < $1.epoch }
    let best = sources.max {
      ($0.head.end.epoch, $0.head.end.offset) < ($1.head.end.epoch, $1.head.end.offset)
    }
    guard let best, let promise else { return recoverAgain() }
    let disk = emptyDisk()
    do {
      let log = try DiskLog.open(
        in: disk, options: scenario.logs[scenario.followers], newNode: .random(using: &random))
      try log.setIdentity(LogIdentity(log: oldest, promise: promise))
      copy(from: best.place, through: best.head.end, into: log, on: disk)
    } catch {
      fail("a log begins on an empty disk", "\(error)")
    }
  }

  private func copy(from place: Int, through end: LogPoint, into log: DiskLog, on disk: SimulatedDisk) {
    guard log.end.last < end.offset else { return finishRecovery(log, on: disk) }
    let question = FetchRequest(log: log.identity.log, after: log.end.last, bytesMax: Self.fetchBytesMax)
    ask(place, question, timeout: .seconds(10)) { [self] answer in
      guard let answer, answer.log == log.identity.log, answer.point == log.end.lastPoint, !answer.entries.isEmpty,
        (try? log.append(answer.entries)) != nil
      else { return recoverAgain() }
      while log.commitOnce() {}
      copy(from: place, through: end, into: log, on: disk)
    }
  }

  private func finishRecovery(_ log: DiskLog, on disk: SimulatedDisk) {
    let machine = masterMachine
    let copied = log.end.last
    // What the old disk holds beyond the copy and continues it.
    try? Dump.folder(machine.disk, from: copied.next) { entry in
      guard (try? entry.check(after: log.end.lastPoint)) != nil else { return false }
      let run = EntryRun(first: entry.offset, last: entry.offset, bytes: Array(entry.bytes))
      guard (try? log.append(run)) != nil else { return false }
      while log.commitOnce() {}
      return true
    }
    if log.end.last > copied { count(.ownRestKept) }
    log.close()
    let end = log.end.durablePoint
    note("recovered up to \(end)")
    count(.recovered)
    replaceDisk(of: machine, by: disk.killed())
    if histories.lead(&machine.chain, to: end, log: log.identity.log) == nil { fail(Histories.known, "\(end)") }
    machine.durable = end
    diskLost()
    isOperatorBusy = false
    startMaster()
  }
}
