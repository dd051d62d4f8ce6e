/// The master's part of the replication: who holds what, who may be answered, what leaves when.
///
/// Pure: events go in, decisions come out, time and randomness are the caller's. The caller holds one lock around it,
/// together with the log's `append`, and carries decisions out after the lock.
///
/// Invariant: an entry was held by at least w nodes when a waiter with write concern w was released.
public struct Master: Sendable {
  /// This start's epoch and number.
  public let mastership: Mastership
  /// The intervals and limits.
  public let settings: ReplicationSettings
  /// The configured nodes, the master included.
  public let nodes: Int

  /// The master's own durable end: its store is one more replica.
  public private(set) var ownMatch = Offset.zero
  /// What each number of nodes holds.
  public private(set) var acked: AckedOffsets
  /// Why the master takes no messages; nil when it does.
  public private(set) var readOnly: ReadOnlyReason?
  private var followers: [FollowerProgress]
  private var waiters: WaiterQueues
  private var waitersEver: UInt64 = 0
  private var deposed: ReadOnlyReason?
  private var sameNodeTold: Set<Int> = []

  /// - Parameters:
  ///   - mastership: above everything that the followers have promised.
  ///   - followers: how many are configured; they are named by their place in the list, from 0.
  ///   - settings: the intervals and limits.
  ///   - now: the time.
  public init(mastership: Mastership, followers: Int, settings: ReplicationSettings, now: Instant) {
    self.mastership = mastership
    self.settings = settings
    nodes = followers + 1
    acked = AckedOffsets(nodes: nodes)
    waiters = WaiterQueues(nodes: nodes)
    self.followers = (0..<followers).map { FollowerProgress(index: $0, settings: settings, now: now) }
    readOnly = quorumReason
  }

  // MARK: Adding

  /// Whether another request with this write concern may wait. One that needs no follower always may: however many clients
  /// a dead follower blocks, it must not block those who don't need it.
  /// - Parameter writeConcern: 1 … `nodes`.
  public func hasRoomForWaiter(_ writeConcern: Int) -> Bool {
    writeConcern == 1 || waiters.count < settings.waitingMax
  }

  /// How many requests wait.
  public var waiting: Int { waiters.count }

  /// Notes that a request waits for the entry at `offset`, the log's last. To be called under the same lock as the
  /// append, before any sender can see the entry.
  ///
  /// - Parameters:
  ///   - offset: the entry's.
  ///   - writeConcern: 1 … `nodes`.
  /// - Returns: the waiter; it is handed out once, by `stored`, `answered`, or `stop`, unless it is cancelled.
  public mutating func wait(for offset: Offset, writeConcern: Int) -> WaiterID {
    waitersEver += 1
    let waiter = WaiterID(rawValue: waitersEver, offset: offset, writeConcern: writeConcern)
    waiters.add(waiter)
    return waiter
  }

  /// Forgets a waiter whose client hung up; its entry stays and goes on replicating.
  /// - Returns: whether it was still waiting.
  public mutating func cancel(_ waiter: WaiterID) -> Bool {
    waiters.cancel(waiter)
  }

  /// Takes in that the master's own log is durable up to `offset`.
  /// - Returns: the waiters whose write concern is reached.
  public mutating func stored(through offset: Offset) -> [WaiterID] {
    guard offset > ownMatch else { return [] }
    ownMatch = offset
    return recount()
  }

  /// Ends all waiting.
  /// - Returns: those who still waited.
  public mutating func stop() -> [WaiterID] {
    waiters.removeAll()
  }

  // MARK: Replicating

  /// Decides what leaves now, judges the followers, and says when to be asked again.
  ///
  /// - Parameters:
  ///   - now: the time.
  ///   - log: the master's.
  ///   - send: takes each delivery, to be carried out after the lock.
  ///   - tell: takes what happened.
  /// - Returns: when to ask again, if nothing is appended and nobody answers before.
  public mutating func turn(
    now: Instant, log: some Log, send: (Delivery) -> Void, tell: (MasterEvent) -> Void
  ) -> Instant {
    var wakeUp = now + settings.heartbeatInterval
    // A master that was refused must not win anybody for its epoch any more, and still wants to know who is there.
    let name = deposed == nil ? mastership : Mastership(epoch: .none, startID: 0)
    for index in followers.indices {
      if let change = followers[index].judge(now: now, tell: tell) { wakeUp = min(wakeUp, change) }
      wakeUp = min(wakeUp, followers[index].depart(as: name, now: now, log: log, send: send))
    }
    updateReadOnly(tell: tell)
    return wakeUp
  }

  /// Takes in a follower's answer.
  ///
  /// - Parameters:
  ///   - answer: its words.
  ///   - delivery: what it answers.
  ///   - now: the time.
  ///   - generator: for the jitter of a pause.
  ///   - tell: takes what happened.
  /// - Returns: the waiters whose write concern is reached.
  public mutating func answered(
    _ answer: ReplicateAnswer, to delivery: Delivery, now: Instant,
    using generator: inout some RandomNumberGenerator, tell: (MasterEvent) -> Void
  ) -> [WaiterID] {
    let index = delivery.follower
    // Once refused, nothing is counted any more: what this master has is lost to the later one, whoever still holds it.
    guard deposed == nil, answer.outcome != .refused, answer.promise == mastership else {
      followers[index].refused(to: delivery.number, now: now, using: &generator, tell: tell)
      if deposed == nil {
        tell(.refused(follower: index, promise: answer.promise))
        deposed = .deposed(follower: index, promise: answer.promise)
        updateReadOnly(tell: tell)
      }
      return recount()
    }
    let taken = followers[index].answered(answer, to: delivery.number, now: now, using: &generator, tell: tell)
    guard taken else { return [] }
    tellSameNode(index, tell: tell)
    return recount()
  }

  /// Takes in that a delivery brought no answer, or none that a follower gives.
  ///
  /// - Parameters:
  ///   - delivery: which.
  ///   - reason: what a person should read about it.
  ///   - now: the time.
  ///   - generator: for the jitter of the pause.
  ///   - tell: takes what happened.
  public mutating func failed(
    _ delivery: Delivery, reason: String, now: Instant, using generator: inout some RandomNumberGenerator,
    tell: (MasterEvent) -> Void
  ) {
    followers[delivery.follower].failed(
      delivery.number, reason: reason, now: now, using: &generator, tell: tell)
  }

  // MARK: What others may know

  /// One follower as the master sees it.
  public struct FollowerView: Sendable, Hashable {
    /// By the time of its last answer.
    public let state: FollowerState
    /// What it is known to hold.
    public let match: Offset
    /// The time since its last answer; nil if there was none.
    public let silence: Interval?
    /// How many batches are on the way to it.
    public let inFlight: Int
    /// Who answers there; nil before the first answer.
    public let identity: NodeIdentity?
    /// Its replication delay, as it says.
    public let delay: Interval
  }

  /// The followers in configured order.
  /// - Parameter now: the time.
  public func followerViews(now: Instant) -> [FollowerView] {
    followers.map {
      FollowerView(
        state: FollowerState(silence: $0.lastContact.map { now - $0 }, settings: settings), match: $0.match,
        silence: $0.lastContact.map { now - $0 }, inFlight: $0.inFlight, identity: $0.identity, delay: $0.delay)
    }
  }

  /// For invariant checkers: what will leave next for each follower.
  public var nextOffsets: [Offset] { followers.map(\.next) }

  // MARK: Counting

  private mutating func recount() -> [WaiterID] {
    acked.count(own: ownMatch, matches: matchPerNode)
    var released: [WaiterID] = []
    waiters.release(upTo: acked) { released.append($0) }
    return released
  }

  /// The match offset of each follower *node*: one that is listed under two URLs counts once. Where the two places know
  /// different processes of it, the lower one is believed.
  private var matchPerNode: [Offset] {
    var matches: [Offset] = []
    matches.reserveCapacity(followers.count)
    for (index, follower) in followers.enumerated() {
      guard let identity = follower.identity else { continue }
      let places = followers.filter { $0.identity?.node == identity.node }
      if places.count == 1 {
        matches.append(follower.match)
      } else if places.first?.index == index {
        let sameProcess = places.allSatisfy { $0.identity == identity }
        matches.append(places.map(\.match).reduce(follower.match) { sameProcess ? max($0, $1) : min($0, $1) })
      }
    }
    return matches
  }

  private mutating func tellSameNode(_ index: Int, tell: (MasterEvent) -> Void) {
    guard let node = followers[index].identity?.node, !sameNodeTold.contains(index),
      let other = followers.first(where: { $0.index != index && $0.identity?.node == node })
    else { return }
    sameNodeTold.insert(index)
    tell(.sameNode(follower: index, other: other.index, node: node))
  }

  // MARK: Quorum

  private mutating func updateReadOnly(tell: (MasterEvent) -> Void) {
    let reason = deposed ?? quorumReason
    let changed = reason.map { !$0.isSameKind(as: readOnly) } ?? (readOnly != nil)
    readOnly = reason
    if changed { tell(.readOnlyChanged(reason)) }
  }

  private var quorumReason: ReadOnlyReason? {
    guard let needed = settings.quorum else { return nil }
    var present: Set<NodeID> = []
    for follower in followers where follower.state != .unhealthy {
      if let node = follower.identity?.node { present.insert(node) }
    }
    return present.count + 1 < needed
      ? .quorum(needed: needed, present: present.count + 1, nodes: nodes) : nil
  }
}

extension ReadOnlyReason {
  fileprivate func isSameKind(as other: ReadOnlyReason?) -> Bool {
    switch (self, other) {
    case (.quorum, .quorum), (.deposed, .deposed): true
    default: false
    }
  }
}
