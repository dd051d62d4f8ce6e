import LogStorage
import ReplicationCore

/// The followers, as the service runs them.
extension Simulation {
  func startFollower(on number: Int) {
    let machine = machines[number]
    guard running[number] == nil else { return }
    guard let log = openLog(on: machine) else { return restart(machine, within: 200...1000) }
    let identity = NodeIdentity(node: log.node, incarnation: random.next())
    let follower = Follower(
      identity: identity, delay: scenario.delays[number], gapBytesMax: scenario.gapBytesMax[number], log: log)
    let process = FollowerProcess(
      index: processes.count, machine: number, log: log, follower: follower, life: nextLife())
    processes.append(process)
    running[number] = process.index
    note("follower \(process.index) starts on machine \(number), \(log.end)")
    recoverFromDamage(process)
    checkSegmentsLater(on: machine)
  }

  /// The thread that reads what nobody reads.
  func checkSegmentsLater(on machine: Machine) {
    let boot = machine.boot
    schedule(
      .call { [self] in
        guard machine.boot == boot, let log = machine.log else { return }
        let hadTrouble = log.trouble != nil
        log.checkSegments()
        guard !hadTrouble, case .damaged(let damage) = log.trouble else { return }
        note("machine \(machine.index): the log is found to be \(damage)")
        count(.damageWhileRunning)
        if !machine.wasRotten { fail(Self.opens, "machine \(machine.index): \(damage)") }
      }, after: random.milliseconds(10...1000))
  }

  /// What reaches a process that is stopped waits until it is continued.
  func handOver(to process: FollowerProcess, _ event: @escaping () -> Void) {
    guard process.isAlive else { return }
    if process.isPaused { process.deferred.append(event) } else { event() }
  }

  func arrive(_ message: Message, at process: FollowerProcess) {
    // As it travels, so that the form on the wire is tried as well.
    guard let request = try? ReplicateRequest(decoding: message.request.encoded()) else {
      return fail("a request decodes to what was encoded", message.text)
    }
    let before = (process.log.end, process.log.identity)
    var events: [FollowerEvent] = []
    let arrival = process.follower.arrived(request, log: process.log) { events.append($0) }
    record(events, of: process)
    if request.mastership.epoch == .none, before != (process.log.end, process.log.identity) {
      fail("a master that needs recovery changes no follower's disk", message.text)
    }
    switch arrival {
    case .answer(let outcome): answer(outcome, to: message, from: process)
    case .new:
      schedule(.store(process: process.index, message), after: process.follower.delay)
    }
  }

  func delayEnds(_ process: FollowerProcess, _ message: Message) {
    handOver(to: process) { [self] in store(message, at: process) }
  }

  private func store(_ message: Message, at process: FollowerProcess) {
    var events: [FollowerEvent] = []
    let outcome = process.follower.store(message.request, log: process.log) { events.append($0) }
    record(events, of: process)
    process.log.sync()
    answer(outcome, to: message, from: process)
  }

  /// Answers, or waits for the disk before.
  private func answer(_ outcome: ReplicateAnswer.Outcome, to message: Message, from process: FollowerProcess) {
    // The log may have been emptied: nobody has to wait for what was in it.
    answerDurable(process)
    let entries = message.request.entries
    guard outcome == .accepted, !entries.isEmpty else { return answerNow(outcome, to: message, from: process) }
    process.waiting.append(.init(message: message, last: entries.last, generation: process.log.end.generation))
    answerDurable(process)
  }

  /// Answers those whose entries are durable, or can't become so for now.
  func answerDurable(_ process: FollowerProcess) {
    guard !process.waiting.isEmpty else { return }
    let end = process.log.end
    let isInTrouble = process.log.trouble != nil
    func isDone(_ waiting: FollowerProcess.Waiting) -> Bool {
      waiting.last <= end.durable || waiting.generation != end.generation || isInTrouble
    }
    let ready = process.waiting.filter(isDone)
    process.waiting.removeAll(where: isDone)
    for waiting in ready {
      var outcome = ReplicateAnswer.Outcome.accepted
      if end.durable < waiting.last {
        outcome = .storage
        count(.answerWithoutStoring)
      }
      // Another master may have come while this waited for the disk.
      if process.follower.promise != waiting.message.request.mastership { outcome = .refused }
      answerNow(outcome, to: waiting.message, from: process)
    }
  }

  private func answerNow(_ outcome: ReplicateAnswer.Outcome, to message: Message, from process: FollowerProcess) {
    let answer = process.follower.answer(outcome, log: process.log)
    if (try? ReplicateAnswer(decoding: answer.encoded())) != answer {
      fail("an answer decodes to what was encoded", "\(answer)")
    }
    send(answer, to: message, from: process)
  }

  /// Damage is cut out; the master fills what is missing.
  func recoverFromDamage(_ process: FollowerProcess) {
    guard case .damaged = process.log.trouble else { return }
    observe(machines[process.machine])
    var events: [FollowerEvent] = []
    let isDone = process.follower.recoverFromDamage(
      log: process.log, newIncarnation: random.next()
    ) { events.append($0) }
    record(events, of: process)
    guard isDone else { return }
    process.life = nextLife()
    observe(machines[process.machine])
    _ = machines[process.machine].isWhole
  }

  func record(_ events: [FollowerEvent], of process: FollowerProcess) {
    for event in events {
      note("follower \(process.index): \(event)")
      if case .stored(let first, let last) = event, last < first {
        fail("an entry that comes twice is stored once", "\(event)")
      }
      if case .unreadable(.damaged(let damage)) = event, !machines[process.machine].wasRotten {
        fail(Self.opens, "machine \(process.machine): \(damage)")
      }
      count(Happening(event))
    }
  }
}
