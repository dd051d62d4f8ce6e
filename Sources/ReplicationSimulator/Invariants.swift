import ReplicationCore

/// What must hold after every step, in the words of the core's own comments.
struct Invariants {
  static let prefix = "a follower's log is a prefix of the log of the master that it is promised to"
  static let durableEnd = "durableOffset <= lastOffset, and both only grow but for removeAll"
  static let held = "an entry was held by at least w nodes when a waiter with write concern w was released"
  static let once = "a waiter is handed out once, and not after it was cancelled"
  static let counted = "the count of waiters is the number of those that were neither released nor cancelled"
  static let reached = "nobody waits whose write concern is reached"
  static let match = "match <= the end of the incarnation that answered"
  static let next = "next is in (match, last offset + 1]"
  static let sorted = "acked(1) >= acked(2) >= … >= acked(nodes)"
  static let own = "acked(1) <= the master's durable end"
  static let truth = "acked(w) is never above what w distinct nodes held when they answered"
  static let commit = "a follower's commit offset is never above its master's"

  /// How far each follower process's log was compared, and with which master's.
  private var compared: [Int: (end: LogEnd, promise: Mastership)] = [:]

  mutating func check(_ simulation: Simulation) {
    for master in simulation.masters where master.isAlive {
      if let core = master.core { check(core, of: master, in: simulation) }
    }
    for index in simulation.running {
      if let index { check(simulation.processes[index], in: simulation) }
    }
  }

  // MARK: Masters

  private func check(_ core: Master, of master: MasterProcess, in simulation: Simulation) {
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
    master.commitMax = max(master.commitMax, core.acked.commit)
    checkProgress(core, of: master, in: simulation)
    if core.waiting != master.waiting.count {
      simulation.fail(Self.counted, "\(core.waiting) of \(master.waiting.count)")
    }
    for waiter in master.waiting where core.acked.acked(waiter.writeConcern) >= waiter.offset {
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
    if master.waiting.remove(waiter) == nil { simulation.fail(Self.once, "\(waiter)") }
    let truth = heldByNodes(of: master, in: simulation)
    if waiter.offset > truth[waiter.writeConcern - 1] || waiter.offset > master.log.end.durable {
      simulation.fail(Self.held, "\(waiter): the nodes hold \(truth)")
    }
  }

  // MARK: Followers

  private mutating func check(_ process: FollowerProcess, in simulation: Simulation) {
    let end = process.log.end
    if end.durable > end.last { simulation.fail(Self.durableEnd, "follower \(process.index): \(end)") }
    guard let promise = process.follower.promise else { return }
    guard let master = simulation.masters.first(where: { $0.mastership == promise }) else {
      return simulation.fail("a follower promises itself to masters only", "\(promise)")
    }
    if process.follower.commit > master.commitMax {
      simulation.fail(Self.commit, "follower \(process.index): \(process.follower.commit) of \(master.commitMax)")
    }
    let before = compared[process.index]
    var known = Offset.zero
    if let before, before.end.generation == end.generation {
      if end.last < before.end.last || end.durable < before.end.durable {
        simulation.fail(Self.durableEnd, "follower \(process.index): \(end)")
      }
      // Entries never change, so that what was compared with the same master's log still holds.
      if before.promise == promise { known = before.end.last }
    }
    compared[process.index] = (end, promise)
    guard end.last > known else { return }
    let mine = try? process.log.read(from: known.next, through: end.last, generation: end.generation)
    let theirs =
      master.log.end.last < end.last
      ? nil : try? master.log.read(from: known.next, through: end.last, generation: master.log.end.generation)
    if mine == nil || mine != theirs {
      simulation.fail(Self.prefix, "follower \(process.index), entries \(known.next)…\(end.last)")
    }
  }
}
