import LogStorage
import ReplicationCore

/// The way of one exchange: a request, and at most one of an answer and a failure.
extension Simulation {
  func latency() -> Interval { random.milliseconds(scenario.latencyMilliseconds) }

  func happens(_ probability: Double) -> Bool { !isHealed && random.chance(probability) }

  /// A master sends a request.
  func post(_ message: Message, timeout: Interval) {
    let master = masters[message.master]
    master.outstanding.insert(message.id)
    note("master \(message.master) sends \(message.text)")
    schedule(.failure(message, reason: "timed out"), after: timeout)
    if happens(scenario.dropped) {
      count(.requestDropped)
      return
    }
    if happens(scenario.duplicated) {
      count(.requestDuplicated)
      var first = message
      first.answerReachesNobody = random.chance(0.5)
      schedule(.request(first), after: latency())
      schedule(.request(message), after: latency() + latency() + latency())
    } else {
      schedule(.request(message), after: latency())
    }
  }

  func requestArrives(_ message: Message) {
    let machine = route[message.place]
    if cut[machine] > 0 {
      if random.chance(0.3) { schedule(.failure(message, reason: "no route"), after: latency()) }
      return
    }
    guard let index = running[machine] else {
      schedule(.failure(message, reason: "connection refused"), after: latency())
      return
    }
    let process = processes[index]
    if happens(scenario.failedBefore) {
      count(.failedBeforeStoring)
      schedule(.failure(message, reason: "500 before storing"), after: latency())
      return
    }
    let highest = process.highestArrived[message.master] ?? 0
    if message.delivery.number < highest { count(.requestReordered) }
    process.highestArrived[message.master] = max(highest, message.delivery.number)
    let sender = masters[message.master]
    if !sender.isAlive || sender !== masters.last { count(.requestOfOldMaster) }
    process.handled[message.id] = message
    handOver(to: process) { [self] in arrive(message, at: process) }
  }

  /// A follower answers.
  func send(_ answer: ReplicateAnswer, to message: Message, from process: FollowerProcess) {
    process.handled[message.id] = nil
    observe(machines[process.machine])
    let held = truth(of: process, for: message)
    note("follower \(process.index) answers \(message.text): \(answer.outcome) end=\(answer.end)")
    if message.answerReachesNobody || happens(scenario.answerLost) || cut[process.machine] > 0 {
      count(.answerLost)
      if random.chance(0.5) { schedule(.failure(message, reason: "connection reset"), after: latency()) }
      return
    }
    if happens(scenario.failedAfter) {
      count(.failedAfterStoring)
      schedule(.failure(message, reason: "500 after storing"), after: latency())
      return
    }
    var time = latency()
    if happens(scenario.answerLate) {
      count(.answerLate)
      time = time + random.milliseconds(100...1500)
    }
    schedule(.answer(message, answer, life: process.life, held: held), after: time)
  }

  /// Up to where the follower truly holds the master's log durably, whatever it says; nil if it doesn't follow it.
  private func truth(of process: FollowerProcess, for message: Message) -> Offset? {
    let machine = machines[process.machine]
    guard process.log.identity.promise == message.request.mastership, process.log.identity.log == message.request.log
    else { return nil }
    let common = machine.chain.common(with: masters[message.master].chain)
    return min(common, machine.durable?.offset ?? .zero)
  }
}

extension Message {
  var text: String {
    let entries = delivery.entries.map { "\($0.first)…\($0.last)" } ?? "heartbeat"
    return "#\(delivery.number) of master \(master), \(entries) after \(request.previous) to URL \(place)"
  }
}
