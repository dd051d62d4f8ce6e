import LogStorage
import ReplicationCore

/// What a master does before its first message, as the service does it.
extension Simulation {
  static let surveyTime = Interval.seconds(2)
  static let fetchBytesMax: UInt64 = 600

  /// The machine that is the master's now.
  var masterMachine: Machine { machines[machines.count - 1] }

  func startMaster() {
    let machine = masterMachine
    guard machine.master == nil else { return }
    guard let log = openLog(on: machine) else { return restart(machine, within: 200...1000) }
    let master = MasterProcess(
      index: masters.count, startID: random.next(), machine: machine.index, log: log, places: scenario.followers)
    masters.append(master)
    machine.master = master.index
    master.chain = machine.chain
    note("master \(master.index) starts on machine \(machine.index), \(log.end)")
    checkSegmentsLater(on: machine)
    survey(for: master)
  }

  /// The process ends by itself, and whoever watches over it starts it again.
  private func startFails(_ master: MasterProcess, _ reason: String) {
    note("master \(master.index) can't start: \(reason)")
    count(.startFailed)
    let machine = machines[master.machine]
    crash(machine, isPowerLoss: false)
    restart(machine, within: 100...800)
  }

  private func survey(for master: MasterProcess) {
    let survey = StartSurvey(master.log)
    let deadline = now + Self.surveyTime
    var open = scenario.followers
    var answers: [(place: Int, answer: FetchAnswer)] = []
    for place in 0..<scenario.followers {
      ask(place, survey.question, until: deadline) { [self] answer in
        open -= 1
        if let answer { answers.append((place, answer)) }
        guard open == 0, master.isAlive else { return }
        take(answers.sorted { $0.place < $1.place }[...], into: survey, heard: [:], for: master)
      }
    }
  }

  private func take(
    _ answers: ArraySlice<(place: Int, answer: FetchAnswer)>, into survey: StartSurvey, heard: [NodeID: Offset],
    for master: MasterProcess
  ) {
    guard let (place, answer) = answers.first else { return decide(survey, heard: heard, for: master) }
    let rest = answers.dropFirst()
    var survey = survey
    do throws(LogReadError) {
      guard let further = try survey.answered(answer, by: place, log: master.log) else {
        let more = heard.merging([answer.identity.node: answer.end.offset]) { max($0, $1) }
        return take(rest, into: survey, heard: more, for: master)
      }
      ask(place, further, timeout: Self.surveyTime) { [self] second in
        guard master.isAlive else { return }
        var heard = heard
        if let second, (try? survey.answered(answer, besides: second, by: place, log: master.log)) != nil {
          heard[answer.identity.node] = answer.end.offset
        }
        take(rest, into: survey, heard: heard, for: master)
      }
    } catch {
      // The own log is damaged where it must be compared: from now on it takes nothing, and the master is read-only.
      note("master \(master.index) can't compare: \(error)")
      take(rest, into: survey, heard: heard, for: master)
    }
  }

  private func decide(_ survey: StartSurvey, heard: [NodeID: Offset], for master: MasterProcess) {
    note("master \(master.index) has heard \(heard.count) nodes: \(survey.decision)")
    let log = master.log
    let mastership = survey.mastership(startID: master.startID)
    do throws(LogRefusal) {
      switch survey.decision {
      case .stayReadOnly(let follower, let reason):
        master.needsRecovery = true
        begin(master, mastership, heard: heard, recover: (follower, reason))
      case .beginLog:
        try log.setIdentity(LogIdentity(log: .random(using: &random), promise: mastership))
        count(.logBegun)
        logs.append(log.identity.log)
        begin(master, mastership, heard: heard)
      case .copyTail(let follower, let end) where !isDamaged(log):
        count(.tailCopiedBack)
        copyTail(from: follower, through: end, for: master)
      case .copyTail, .goOn:
        if let cut = try log.cutUnfinishedList() {
          note("master \(master.index) takes out \(cut), the beginning of a list")
          count(.unfinishedListCut)
        }
        try log.setIdentity(LogIdentity(log: log.identity.log, promise: mastership))
        count(.logContinued)
        begin(master, mastership, heard: heard)
      }
    } catch {
      startFails(master, "\(error)")
    }
  }

  private func isDamaged(_ log: DiskLog) -> Bool {
    if case .damaged = log.trouble { true } else { false }
  }

  private func copyTail(from place: Int, through end: LogPoint, for master: MasterProcess) {
    let log = master.log
    guard log.end.durable >= log.end.last else {
      // It waits for its own disk.
      if let trouble = log.trouble { return startFails(master, "\(trouble)") }
      return schedule(
        .call { [self] in if master.isAlive { copyTail(from: place, through: end, for: master) } },
        after: .milliseconds(1))
    }
    guard log.end.last < end.offset else { return survey(for: master) }
    let question = FetchRequest(log: log.identity.log, after: log.end.last, bytesMax: Self.fetchBytesMax)
    ask(place, question, timeout: Self.surveyTime + .seconds(10)) { [self] answer in
      guard master.isAlive else { return }
      guard let answer, answer.log == log.identity.log, answer.point == log.end.lastPoint, !answer.entries.isEmpty
      else { return survey(for: master) }
      do throws(LogRefusal) {
        try log.append(answer.entries)
      } catch {
        return startFails(master, "\(error)")
      }
      log.sync()
      copyTail(from: place, through: end, for: master)
    }
  }

  private func begin(
    _ master: MasterProcess, _ mastership: Mastership, heard: [NodeID: Offset],
    recover: (follower: Int, reason: RecoverReason)? = nil
  ) {
    let machine = machines[master.machine]
    observe(machine)
    if recover == nil {
      if mastership.epoch <= machine.epochTaken {
        fail(Invariants.epoch, "machine \(machine.index): \(mastership) after \(machine.epochTaken)")
      }
      machine.epochTaken = mastership.epoch
      if masters.contains(where: { $0.mastership == mastership }) { fail(Invariants.epoch, "\(mastership)") }
      checkPromises(of: master, heard: heard)
    }
    note("master \(master.index) begins, \(mastership)")
    var events: [MasterEvent] = []
    master.core = Master(
      mastership: mastership, followers: scenario.followers, settings: scenario.settings, now: now,
      durable: master.log.heldEnd ?? .zero, recover: recover)
    if let reason = master.core?.readOnly { events.append(.readOnlyChanged(reason)) }
    record(events, of: master)
    masterLogChanged(master)
  }

  private func checkPromises(of master: MasterProcess, heard: [NodeID: Offset]) {
    // One that is damaged takes no messages: only recovery ends that.
    if case .damaged = master.log.trouble { return }
    let mayLack = machines[master.machine].disksEver > 0
    // Up to where each was when it answered: an older master may go on filling it.
    let heard = machines.compactMap { machine in
      machine.node.flatMap { heard[$0] }.map { (machine: machine, end: $0) }
    }
    // Without a sync nothing tells rot from a torn end.
    if machines[master.machine].wasRotten { promises.rotCameToLight(machines) }
    if let entry = promises.begins(master.chain, mayLack: mayLack, heard: heard) {
      fail(Promises.kept, "master \(master.index) lacks \(entry)")
    }
  }
}
