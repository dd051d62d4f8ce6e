import ReplicationCore

/// How a story tells what the master does.
extension MasterStage {
  static func nodeName(_ follower: Int) -> String { String(UnicodeScalar(UInt8(ascii: "A") + UInt8(follower))) }

  static func node(_ name: String) -> NodeID { NodeID(high: 0, low: UInt64(name.unicodeScalars.first?.value ?? 0)) }

  static func text(_ identity: NodeIdentity) -> String { "\(text(identity.node)) process \(identity.incarnation)" }

  static func text(_ node: NodeID) -> String { "node \(UnicodeScalar(UInt8(truncatingIfNeeded: node.low)))" }

  static func text(_ entries: Delivery.Entries) -> String {
    entries.first == entries.last ? "\(entries.first)" : "\(entries.first)…\(entries.last)"
  }

  static func text(_ delivery: Delivery) -> String {
    var what = delivery.entries.map { "entries \(text($0))" } ?? "heartbeat"
    if delivery.entries == nil, delivery.previous > .zero { what += " at \(delivery.previous)" }
    if delivery.commit > .zero { what += ", commit \(delivery.commit)" }
    if delivery.mastership.epoch == .none { what += ", asks" }
    return "→ f\(delivery.follower + 1) #\(delivery.number) \(what)"
  }

  static func text(_ reason: ReadOnlyReason) -> String {
    switch reason {
    case .quorum(let needed, let present, let nodes): "\(present) of \(nodes) nodes are there, \(needed) are needed"
    case .deposed(let follower, let promise): "f\(follower + 1) follows epoch \(promise.epoch)"
    case .diverged(let follower, let offset): "f\(follower + 1) has another \(offset), which is acknowledged"
    case .recoverNeeded(let follower, let reason): "recover: f\(follower + 1) \(reason)"
    case .storage(let trouble): "\(trouble)"
    }
  }

  static func text(_ problem: FollowerProblem) -> String {
    switch problem {
    case .foreign(let own): "holds log \(own.low)"
    case .diverged(let offset): "has another \(offset), which is acknowledged"
    case .storage: "can't store"
    }
  }

  static func text(_ event: MasterEvent) -> String {
    switch event {
    case .stateChanged(let follower, let from, let to): "f\(follower + 1) is \(to.rawValue), was \(from.rawValue)"
    case .followerMet(let follower, let identity, let match): "f\(follower + 1) is \(text(identity)), match \(match)"
    case .commonPrefixFound(let follower, let match, let end):
      "f\(follower + 1) has the same entries up to \(match); it ends at \(end)"
    case .problemChanged(let follower, let problem?): "f\(follower + 1) \(text(problem))"
    case .problemChanged(let follower, nil): "f\(follower + 1) takes entries again"
    case .unreadable(let error): "can't read: \(FollowerStage.text(error))"
    case .acknowledged(let follower, let entries, let match, let roundTrip):
      "f\(follower + 1) acknowledged \(text(entries)) after \(roundTrip.text), match \(match)"
    case .arrivedEarly(let follower, let entries, let match):
      "f\(follower + 1) keeps \(text(entries)), which came early, match \(match)"
    case .failed(let follower, let entries, let attempt, let pause, let reason):
      "f\(follower + 1) failed \(text(entries)), attempt \(attempt), pause \(pause.text): \(reason)"
    case .staleAnswerDropped(let follower, let identity): "f\(follower + 1): an answer of \(text(identity)) is dropped"
    case .refused(let follower, let promise): "f\(follower + 1) refused: it follows epoch \(promise.epoch)"
    case .sameNode(let follower, let other, let node): "f\(follower + 1) is f\(other + 1): \(text(node))"
    case .unanswered(let follower, let reason): "f\(follower + 1) does not answer: \(reason)"
    case .readOnlyChanged(.some(let reason)): "read-only: \(text(reason))"
    case .readOnlyChanged(nil): "takes messages again"
    }
  }

  func names(of waiters: [WaiterID], as verb: String) -> [String] {
    waiters.isEmpty ? [] : [verb + waiters.map { " \($0.offset) (w=\($0.writeConcern))" }.joined()]
  }

  var acked: String {
    let offsets = (1...master.nodes).map { "w=\($0): \(master.acked.acked($0))" }.joined(separator: ", ")
    return "\(offsets), commit \(master.acked.commit), \(master.waiting) waiting"
  }

  func status() -> [String] {
    let next = master.nextOffsets
    return master.followerViews(now: now).enumerated().map { index, view in
      "f\(index + 1) \(view.state.rawValue), match \(view.match), next \(next[index]), \(view.inFlight) in flight"
        + (view.isSearching ? ", searching" : "") + (view.problem.map { ", \(Self.text($0))" } ?? "")
    }
  }
}

extension ReplicateAnswer.Outcome {
  static func named(_ name: String) -> Self? { allCases.first { "\($0)" == name } }
}
