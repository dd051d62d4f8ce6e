/// The master's part of the replication: who holds what, who may be answered, what leaves when.
///
/// Pure: events go in, decisions come out, time and randomness are the caller's. The caller holds one lock around it,
/// together with the log's `append`, and carries decisions out after the lock.
///
/// The log that is passed in is always the same one, and is never cut.
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
  public private(set) var ownMatch: Offset
  /// What each number of nodes holds.
  public internal(set) var acked: AckedOffsets
  /// Why the master takes no messages; nil when it does.
  public internal(set) var readOnly: ReadOnlyReason?
  var followers: [FollowerProgress]
  var waiters: WaiterQueues
  private var waitersEver: UInt64 = 0
  /// How many of them waited for more than the master's own store.
  private var followerWaitersEver: UInt64 = 0
  /// A follower refused this master for a later one.
  var deposed: ReadOnlyReason?
  /// What must not be overwritten: the start found it, or it came to light before the first message.
  var recover: ReadOnlyReason?
  /// What the own log says of itself.
  var trouble: LogTrouble?
  /// What was found when the own log was read.
  var damage: LogDamage?
  var sameNodeTold: Set<Int> = []
  /// When the master's own log confirmed what it holds.
  var ownConfirmations = Confirmations()
  /// The same of each follower.
  var confirmations: [Confirmations]

  /// - Parameters:
  ///   - mastership: above everything that the followers have promised, and durable in the log's identity.
  ///   - followers: how many are configured; they are named by their place in the list, from 0.
  ///   - settings: the intervals and limits.
  ///   - now: the time.
  ///   - durable: the log's durable end.
  ///   - recover: what the start found that must not be overwritten: the master takes no messages and only asks who is
  ///     there.
  public init(
    mastership: Mastership, followers: Int, settings: ReplicationSettings, now: Instant, durable: Offset,
    recover: (follower: Int, reason: RecoverReason)? = nil
  ) {
    self.mastership = mastership
    self.settings = settings
    self.recover = recover.map { .recoverNeeded(follower: $0.follower, reason: $0.reason) }
    nodes = followers + 1
    ownMatch = durable
    acked = AckedOffsets(nodes: nodes)
    acked.count(own: durable, matches: [])
    waiters = WaiterQueues(nodes: nodes)
    self.followers = (0..<followers).map { FollowerProgress(index: $0, settings: settings, now: now) }
    confirmations = Array(repeating: Confirmations(), count: followers)
    ownConfirmations.note(durable, by: nil, time: 0)
    readOnly = readOnlyReason
  }

  // MARK: Adding

  /// Whether another request with this write concern may wait. One that needs no follower always may: however many
  /// clients a dead follower blocks, it must not block those who don't need it.
  /// - Parameter writeConcern: 1 … `nodes`.
  public func hasRoomForWaiter(_ writeConcern: Int) -> Bool {
    writeConcern == 1 || waiters.count < settings.waitingMax
  }

  /// How many requests wait.
  public var waiting: Int { waiters.count }

  /// Whether so many nodes hold the entry at `offset`.
  /// - Parameters:
  ///   - writeConcern: 1 … `nodes`.
  ///   - offset: the entry's.
  public func isReached(_ writeConcern: Int, at offset: Offset) -> Bool { acked.acked(writeConcern) >= offset }

  /// Notes that a request waits for the entry at `offset`. If it is a new one, this is to be called under the same lock as
  /// the append, before any sender can see the entry; for an older one `isReached` is to be asked under the same lock.
  ///
  /// - Parameters:
  ///   - offset: the entry's.
  ///   - writeConcern: 1 … `nodes`.
  ///   - deadline: when the wait ends all the same, by `expire`; nil for never.
  /// - Returns: the waiter; it is handed out once, by `stored`, `answered`, `expire` or `stop`, unless it is cancelled.
  public mutating func wait(for offset: Offset, writeConcern: Int, deadline: Instant? = nil) -> WaiterID {
    waitersEver += 1
    if writeConcern > 1 { followerWaitersEver += 1 }
    let waiter = WaiterID(rawValue: waitersEver, offset: offset, writeConcern: writeConcern, deadline: deadline)
    waiters.add(waiter)
    return waiter
  }

  /// Forgets a waiter whose client hung up; its entry stays and goes on replicating.
  /// - Returns: whether it was still waiting.
  public mutating func cancel(_ waiter: WaiterID) -> Bool {
    waiters.cancel(waiter)
  }

  /// Takes in that the master's own log is durable up to `offset`, which is not in the middle of a list: `Log.wholeEnd`.
  /// - Returns: the waiters whose write concern is reached.
  public mutating func stored(through offset: Offset) -> [WaiterID] {
    guard offset > ownMatch else { return [] }
    ownMatch = offset
    return recount()
  }

  /// When the first wait with a limit ends; nil when there is none.
  public var nextDeadline: Instant? { waiters.firstDeadline }

  /// Ends the waits whose time is over. To be called before each `turn`, which tells when the next one is.
  /// - Returns: the waiters; their entries stay and go on replicating.
  public mutating func expire(now: Instant) -> [WaiterID] {
    guard let first = waiters.firstDeadline, first <= now else { return [] }
    var expired: [WaiterID] = []
    waiters.expire(now: now) { expired.append($0) }
    return expired
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
    if let deadline = waiters.firstDeadline { wakeUp = min(wakeUp, deadline) }
    if mayWin { log.noteCommit(acked.commit) }
    let name = mayWin ? mastership : Mastership(epoch: .none, startID: 0)
    for index in followers.indices {
      if let change = followers[index].judge(now: now, tell: tell) { wakeUp = min(wakeUp, change) }
      do throws(LogReadError) {
        let next = try followers[index].depart(
          as: name, commit: acked.commit, now: now, log: log, requests: followerWaitersEver, send: send)
        wakeUp = min(wakeUp, next)
      } catch {
        logUnreadable(error, tell: tell)
      }
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
  ///   - log: the master's.
  ///   - generator: for the jitter of a pause.
  ///   - tell: takes what happened.
  /// - Returns: the waiters whose write concern is reached.
  public mutating func answered(
    _ answer: ReplicateAnswer, to delivery: Delivery, now: Instant, log: some Log,
    using generator: inout some RandomNumberGenerator, tell: (MasterEvent) -> Void
  ) -> [WaiterID] {
    let index = delivery.follower
    // Once refused, nothing is counted any more: what this master has is lost to the later one, whoever still holds it.
    guard mayWin, !isLost(answer) else {
      followers[index].refused(by: answer.identity, to: delivery.number, now: now, using: &generator, tell: tell)
      if mayWin {
        tell(.refused(follower: index, promise: answer.promise))
        deposed = .deposed(follower: index, promise: answer.promise)
        updateReadOnly(tell: tell)
      }
      return recount()
    }
    let before = followers[index].problem
    do throws(LogReadError) {
      let isTaken = try followers[index].answered(
        answer, to: delivery, now: now, log: log, using: &generator, tell: tell)
      guard isTaken else { return [] }
    } catch {
      logUnreadable(error, tell: tell)
    }
    if followers[index].problem != before {
      // A master that was wiped and found nobody at its start: what this follower holds is the log that is wanted.
      if case .foreign = followers[index].problem, log.end.last == .zero {
        recover = .recoverNeeded(follower: index, reason: .wiped)
      }
      updateReadOnly(tell: tell)
    }
    tellSameNode(index, tell: tell)
    return recount()
  }

  /// Whether this master may win followers for its epoch. If not, it still wants to know who is there.
  private var mayWin: Bool { deposed == nil && recover == nil }

  /// Whether a follower is another master's. One that holds another log is nobody's loss, and one whose disk fails may
  /// be promised to an earlier mastership still.
  private func isLost(_ answer: ReplicateAnswer) -> Bool {
    switch answer.outcome {
    case .foreign: false
    case .storage: answer.promise.epoch >= mastership.epoch && answer.promise != mastership
    case .accepted, .held, .full, .refused, .mismatch, .diverged:
      answer.outcome == .refused || answer.promise != mastership
    }
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
}
