import LogStorage
import ReplicationCore

/// What must hold after every step, in the words of the core's own comments.
struct Invariants {
  static let prefix = "a log's entries of the promised epoch are the promised master's; others are of earlier epochs"
  static let promised = "a promise never falls, and no entry is of a later epoch than the promise"
  static let epoch = "no two masters share a mastership, and on one disk each start takes a higher epoch"
  static let durableEnd = "durable <= last, and both only grow but for cut"
  static let held = "an entry was held by at least w nodes when a waiter with write concern w was released"
  static let once = "a waiter is handed out once, and not after it was cancelled"
  static let counted = "the count of waiters is the number of those that were neither released nor cancelled"
  static let reached = "nobody waits whose write concern is reached"
  static let match = "match <= the end of the incarnation that answered"
  static let next = "next is in (match, last offset + 1]"
  static let sorted = "acked(1) >= acked(2) >= … >= acked(nodes)"
  static let own = "acked(1) <= the master's durable end"
  static let truth = "acked(w) is never above what w distinct nodes held when they answered"
  static let whole = "nobody counts the beginning of a list as held"
  static let commit = "what a node knows to be acknowledged, a master knew to be held by a majority"

  /// Every entry that a majority held, as a master rightly knew.
  private var committed: Set<LogPoint> = []

  mutating func check(_ simulation: Simulation) {
    for machine in simulation.machines { simulation.observe(machine) }
    for machine in simulation.machines {
      guard let master = machine.master.map({ simulation.masters[$0] }), let core = master.core else { continue }
      check(core, of: master, in: simulation)
    }
    for machine in simulation.machines { check(machine, in: simulation) }
  }

  // MARK: Masters

  private mutating func check(_ core: Master, of master: MasterProcess, in simulation: Simulation) {
    let end = master.log.end
    if core.ownMatch > end.durable {
      simulation.fail(Self.own, "master \(master.index) counts \(core.ownMatch) of \(end) as its own")
    }
    let truth = heldByNodes(of: master, in: simulation)
    for writeConcern in 1...core.nodes {
      let acked = core.acked.acked(writeConcern)
      if writeConcern > 1, acked > core.acked.acked(writeConcern - 1) {
        simulation.fail(Self.sorted, "acked(\(writeConcern)) is \(acked)")
      }
      if acked > end.durable { simulation.fail(Self.own, "acked(\(writeConcern)) is \(acked) of \(end)") }
      if acked > truth[writeConcern - 1] {
        simulation.fail(Self.truth, "acked(\(writeConcern)) is \(acked), the nodes held \(truth)")
      }
    }
    let commit = core.acked.commit
    if master.commitMax < commit, (try? master.log.wholeEnd(through: commit)) ?? commit != commit {
      simulation.fail(Self.whole, "master \(master.index): \(commit)")
    }
    while master.commitMax < commit {
      master.commitMax = master.commitMax.next
      if let point = master.chain.point(at: master.commitMax) { committed.insert(point) }
    }
    checkProgress(core, of: master, in: simulation)
    if core.waiting != master.waiting.count {
      simulation.fail(Self.counted, "\(core.waiting) of \(master.waiting.count)")
    }
    for waiter in master.waiting.keys where core.acked.acked(waiter.writeConcern) >= waiter.offset {
      simulation.fail(Self.reached, "\(waiter)")
    }
  }

  private func checkProgress(_ core: Master, of master: MasterProcess, in simulation: Simulation) {
    let end = master.log.end
    for (place, view) in core.followerViews(now: simulation.now).enumerated() {
      let evidence = master.evidence[place]
      if view.match > evidence.held {
        simulation.fail(Self.match, "URL \(place): match \(view.match), it held \(evidence.held)")
      }
      let next = core.nextOffsets[place]
      if next <= view.match || next > end.last.next {
        simulation.fail(Self.next, "URL \(place): match \(view.match), next \(next), last \(end.last)")
      }
    }
  }

  /// What the nodes held, durably, when they answered: the most first, the master's own among them.
  private func heldByNodes(of master: MasterProcess, in simulation: Simulation) -> [Offset] {
    var held: [Offset] = []
    var nodes: [NodeID] = []
    for evidence in master.evidence {
      guard let node = evidence.identity?.node else { continue }
      if let index = nodes.firstIndex(of: node) {
        held[index] = max(held[index], evidence.held)
      } else {
        nodes.append(node)
        held.append(evidence.held)
      }
    }
    held.append(master.log.end.durable)
    held.sort(by: >)
    held += Array(repeating: .zero, count: master.evidence.count + 1 - held.count)
    return held
  }

  /// A client is told that its write concern is reached.
  func released(_ waiter: WaiterID, of master: MasterProcess, in simulation: Simulation) {
    if master.waiting.removeValue(forKey: waiter) == nil { simulation.fail(Self.once, "\(waiter)") }
    let truth = heldByNodes(of: master, in: simulation)
    if waiter.offset > truth[waiter.writeConcern - 1] || waiter.offset > master.log.end.durable {
      simulation.fail(Self.held, "\(waiter): the nodes hold \(truth)")
    }
  }

  // MARK: Logs

  private func check(_ machine: Machine, in simulation: Simulation) {
    guard let log = machine.log else { return }
    let promise = log.identity.promise
    if promise != machine.promise {
      if promise.epoch <= machine.promise.epoch {
        simulation.fail(Self.promised, "machine \(machine.index): \(promise) after \(machine.promise)")
      }
      machine.promise = promise
    }
    let changed = machine.changedSince
    machine.changedSince = nil
    if let changed { check(machine, from: changed, promise, in: simulation) }
    let commit = log.commitKnown
    guard commit != machine.commitSeen || changed.map({ $0 <= commit }) ?? false else { return }
    machine.commitSeen = commit
    if (try? log.wholeEnd(through: commit)) ?? commit != commit {
      simulation.fail(Self.whole, "machine \(machine.index): \(commit)")
    }
    let point = machine.chain.point(at: commit)
    // What was damaged was cut out, whatever was known of it.
    if !machine.wasRotten, commit > .zero, point.map({ !committed.contains($0) }) ?? true {
      simulation.fail(Self.commit, "machine \(machine.index): \(commit) of \(machine.chain.count)")
    }
  }

  private func check(_ machine: Machine, from first: Offset, _ promise: Mastership, in simulation: Simulation) {
    // A master that starts copies a tail back that another start of its epoch or a later one made; then it takes a later
    // epoch still.
    if let index = machine.master, simulation.masters[index].core == nil { return }
    let master = simulation.masters.first { $0.mastership == promise }
    for point in machine.chain.dropFirst(Int(first.rawValue) - 1).reversed() {
      if point.epoch < promise.epoch { return }
      if point.epoch > promise.epoch {
        return simulation.fail(Self.promised, "machine \(machine.index): \(point), promised to \(promise)")
      }
      if promise.epoch > .none, master?.chain.point(at: point.offset) != point {
        return simulation.fail(Self.prefix, "machine \(machine.index): \(point), promised to \(promise)")
      }
    }
  }
}
