import ReplicationCore

/// The followers, as the service runs them.
extension Simulation {
  func startFollower(on machine: Int) {
    guard running[machine] == nil else { return }
    let previous = processes.last { $0.machine == machine }
    let isSame = scenario.keepsNodeID && previous != nil
    let node = isSame ? previous?.follower.identity.node : nil
    let identity = NodeIdentity(node: node ?? .random(using: &random), incarnation: random.next())
    let follower = Follower(
      identity: identity, delay: scenario.delays[machine], gapBytesMax: scenario.gapBytesMax[machine])
    let process = FollowerProcess(index: processes.count, machine: machine, follower: follower)
    processes.append(process)
    running[machine] = process.index
    note("follower \(process.index) starts on machine \(machine), node \(identity.node)")
  }

  /// What reaches a process that is stopped waits until it is continued.
  func handOver(_ event: Event, to process: FollowerProcess) {
    guard process.isAlive else { return }
    if process.isPaused {
      process.deferred.append(event)
      return
    }
    switch event {
    case .request(let message): arrive(message, at: process)
    case .store(_, let message): store(message, at: process)
    case .synced(_, let sync): finish(sync, of: process)
    default: preconditionFailure("\(event) is not for a follower")
    }
  }

  func delayEnds(_ process: FollowerProcess, _ message: Message) {
    handOver(.store(process: process.index, message), to: process)
  }

  func followerSynced(_ process: FollowerProcess, _ sync: LaggingLog.Sync) {
    handOver(.synced(.follower(process.index), sync), to: process)
  }

  private func arrive(_ message: Message, at process: FollowerProcess) {
    var events: [FollowerEvent] = []
    // As it travels, so that the form on the wire is tried as well.
    guard let request = try? ReplicateRequest(decoding: message.request.encoded()) else {
      return fail("a request decodes to what was encoded", message.text)
    }
    let arrival = process.follower.arrived(request, log: process.log) { events.append($0) }
    record(events, of: process)
    switch arrival {
    case .answer(let outcome): answer(outcome, to: message, from: process)
    case .new: schedule(.store(process: process.index, message), after: process.follower.delay)
    }
  }

  private func store(_ message: Message, at process: FollowerProcess) {
    var events: [FollowerEvent] = []
    let outcome = process.follower.store(message.request, log: process.log) { events.append($0) }
    record(events, of: process)
    process.log.sync()
    let end = process.log.end
    let last = message.request.entries.last
    if outcome == .accepted, end.durable < last {
      process.waiting.append(.init(message: message, outcome: outcome, last: last, generation: end.generation))
      startSync(of: process.log, owner: .follower(process.index))
    } else {
      answer(outcome, to: message, from: process)
    }
  }

  private func finish(_ sync: LaggingLog.Sync, of process: FollowerProcess) {
    process.log.finish(sync)
    let end = process.log.end
    let ready = process.waiting.filter { $0.last <= end.durable || $0.generation != end.generation }
    process.waiting.removeAll { $0.last <= end.durable || $0.generation != end.generation }
    for waiting in ready { answer(waiting.outcome, to: waiting.message, from: process) }
  }

  private func answer(_ outcome: ReplicateAnswer.Outcome, to message: Message, from process: FollowerProcess) {
    let answer = process.follower.answer(outcome, log: process.log)
    if (try? ReplicateAnswer(decoding: answer.encoded())) != answer {
      fail("an answer decodes to what was encoded", "\(answer)")
    }
    send(answer, to: message, from: process)
  }

  /// A sync that was asked for ends at once, or later.
  func startSync(of log: LaggingLog, owner: LogOwner) {
    guard let sync = log.takeSync() else { return }
    guard let lag = scenario.syncMilliseconds else { return schedule(.synced(owner, sync), after: .zero) }
    count(.slowSync)
    schedule(.synced(owner, sync), after: random.milliseconds(lag))
  }

  private func record(_ events: [FollowerEvent], of process: FollowerProcess) {
    for event in events {
      note("follower \(process.index): \(event)")
      if case .stored(let first, let last) = event, last < first {
        fail("an entry that comes twice is stored once", "\(event)")
      }
      if let happening = Happening(event) {
        count(happening)
      } else {
        fail("the entry before a batch is the master's, whatever is lost or comes twice", "\(event)")
      }
    }
  }
}
