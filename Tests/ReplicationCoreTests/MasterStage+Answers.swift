import ReplicationCore

/// What comes back to the master of a story.
extension MasterStage {
  /// answer f1 #3 accepted match=5 node=A process=1 delay=2s promise=9: node A or B … by default its own, process 1.
  /// With match=5 the follower ends at the master's entry 5, with other=5 at another one. commit=4 is what it knows to
  /// be acknowledged, log=2 which log it holds.
  mutating func answer(_ words: inout Words) throws -> [String] {
    let delivery = try takeDelivery(&words)
    guard let outcome = ReplicateAnswer.Outcome.named(try words.next()) else {
      throw Story.Unclear(line: words.line, reason: "unknown outcome")
    }
    let node = Self.node(words.value("node") ?? Self.nodeName(delivery.follower))
    let process = UInt64(try words.number("process") ?? 1)
    let promise = try words.number("promise").map { Mastership(epoch: Epoch(UInt64($0)), startID: 2) }
    let held = LogID(high: 0, low: UInt64(try words.number("log") ?? 1))
    let answer = ReplicateAnswer(
      outcome: outcome, identity: NodeIdentity(node: node, incarnation: process), promise: promise ?? Self.mastership,
      log: held, end: try end(&words), commitKnown: Offset(UInt64(try words.number("commit") ?? 0)),
      delay: try words.interval("delay") ?? .zero)
    var printed: [String] = []
    let released = master.answered(answer, to: delivery, now: now, log: log, using: &steady) {
      printed.append(Self.text($0))
    }
    noteConfirmations()
    return printed + names(of: released, as: "released")
  }

  private func end(_ words: inout Words) throws -> LogPoint {
    if let other = try words.number("other") {
      return LogPoint(offset: Offset(UInt64(other)), epoch: Epoch(5), hash: 0xBAD)
    }
    let match = Offset(UInt64(try words.number("match") ?? 0))
    // A broken log's points are known to those who wrote it.
    if let damage = log.damage, match >= damage.offset { return LogPoint(offset: match, epoch: Epoch(6), hash: 1) }
    guard let point = try log.point(at: match) else {
      throw Story.Unclear(line: words.line, reason: "the master has no entry \(match)")
    }
    return point
  }

  /// fail f1 #3 connection refused
  mutating func fail(_ words: inout Words) throws -> [String] {
    let delivery = try takeDelivery(&words)
    var printed: [String] = []
    master.failed(delivery, reason: words.rest(), now: now, using: &steady) { printed.append(Self.text($0)) }
    return printed
  }

  private mutating func takeDelivery(_ words: inout Words) throws -> Delivery {
    let follower = try words.nextNumber(after: "f") - 1
    let number = UInt64(try words.nextNumber(after: "#"))
    guard let delivery = away.removeValue(forKey: Place(follower: follower, number: number)) else {
      throw Story.Unclear(line: words.line, reason: "no such delivery is away")
    }
    return delivery
  }
}
