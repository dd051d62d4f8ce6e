/// A follower's part of the replication: whom it follows, what it stores, what it keeps until the entries before it
/// come.
///
/// Pure but for the log that is passed in, always the same one; the caller holds one lock around both and serialises
/// all calls. A call may be slow where it makes a promise durable or takes entries out: both are rare.
///
/// Invariant: every entry it stores extends a prefix that it has checked (offset, epoch and running hash of the entry
/// before).
/// Invariant: it never gives up an entry that it knows to be acknowledged, nor any on the word of a mastership that is
/// not the highest it has promised itself to.
public struct Follower: Sendable {
  /// Who this is. Changes with a new incarnation, when damage was cut out.
  public internal(set) var identity: NodeIdentity
  /// How late new entries are stored: it emulates a slow replica.
  public let delay: Interval
  /// The highest mastership that it has promised itself to, durably; nil before the first contact.
  public private(set) var promise: Mastership?
  /// Where clients reach the master; nil before the first contact of this process.
  public private(set) var masterURL: String?
  var gap: GapBuffer
  var early: EarlyTexts
  private var foreignTold: Mastership?

  /// A follower that goes on with what its log remembers.
  /// - Parameters:
  ///   - identity: this process of this node.
  ///   - delay: how late new entries are stored; not negative.
  ///   - gapBytesMax: how many bytes of entries that came early are kept.
  ///   - log: this follower's.
  public init(identity: NodeIdentity, delay: Interval, gapBytesMax: Int, log: some Log) {
    self.identity = identity
    self.delay = delay
    gap = GapBuffer(bytesMax: gapBytesMax)
    early = EarlyTexts(bytesMax: gapBytesMax)
    let remembered = log.identity.promise
    promise = remembered.epoch > .none ? remembered : nil
  }

  /// What a request is to the follower at the moment of its arrival.
  public enum Arrival: Sendable, Hashable {
    /// Turned away, or a heartbeat, or nothing that is new: to be answered at once.
    case answer(ReplicateAnswer.Outcome)
    /// It brings new entries: to be stored after the delay.
    case new
  }

  /// A request has arrived. A later mastership is promised to, durably, before this returns.
  ///
  /// - Parameters:
  ///   - request: checked by its decoder.
  ///   - log: this follower's.
  ///   - tell: takes what happened.
  public mutating func arrived(
    _ request: ReplicateRequest, log: some Log, tell: (FollowerEvent) -> Void
  ) -> Arrival {
    // Epoch 0 only asks who is there.
    guard request.mastership.epoch > .none else { return .answer(.accepted) }
    if let outcome = turnAway(request, log: log, tell: tell) { return .answer(outcome) }
    let entries = request.entries
    do throws(LogReadError) {
      if entries.isEmpty { return .answer(try compare(request, log: log, tell: tell)) }
      // One equal point says that all before it are equal.
      if entries.last <= log.end.last, try log.point(at: entries.last) == entries.point(at: entries.last) {
        log.noteCommit(min(request.commit, entries.last))
        return .answer(.accepted)
      }
    } catch {
      tell(.unreadable(error))
      return .answer(.storage)
    }
    // What could not be appended when its turn came may still lie in the gap buffer: then nobody else would append it.
    let isEarly = request.previous.offset > log.end.last
    return isEarly && gap.holds(entries) ? .answer(.held) : .new
  }

  /// Stores a request's entries, or keeps them until those before them come. Entries that conflict with them are taken
  /// out and set aside: the promised mastership is the highest, and its word counts.
  ///
  /// - Parameters:
  ///   - request: one that `arrived` found to be new; the delay is over.
  ///   - log: this follower's.
  ///   - tell: takes what happened.
  /// - Returns: what to answer, once everything in the log is durable or can't become so.
  public mutating func store(
    _ request: ReplicateRequest, log: some Log, tell: (FollowerEvent) -> Void
  ) -> ReplicateAnswer.Outcome {
    // A later master may have come during the delay.
    guard request.mastership == promise else { return .refused }
    let entries = request.entries
    guard request.previous.offset <= log.end.last else {
      if gap.insert(entries, after: request.previous) {
        tell(.held(first: entries.first, last: entries.last, missing: log.end.last.next))
        return .held
      }
      tell(.gapBufferFull(first: entries.first, last: entries.last))
      return .full
    }
    do throws(LogReadError) {
      let own = try log.point(at: request.previous.offset)
      guard own == request.previous else {
        tell(.mismatch(previous: request.previous, own: own))
        return .mismatch
      }
      if let conflict = try firstConflict(of: entries, with: log) {
        if let outcome = setAside(from: conflict, log: log, tell: tell) { return outcome }
      }
    } catch {
      tell(.unreadable(error))
      return .storage
    }
    if let outcome = extend(log, with: entries.after(log.end.last), tell: tell) { return outcome }
    log.noteCommit(min(request.commit, entries.last))
    return .accepted
  }

  /// The answer to a request. What a person put here by hand counts for nothing.
  /// - Parameters:
  ///   - outcome: what became of it.
  ///   - log: this follower's.
  public func answer(_ outcome: ReplicateAnswer.Outcome, log: some Log) -> ReplicateAnswer {
    let held = log.identity.log
    return ReplicateAnswer(
      outcome: outcome, identity: identity, promise: promise ?? LogIdentity.none.promise, log: held,
      end: held == .none ? LogPoint(beginning: .none) : log.end.durablePoint,
      commitKnown: held == .none ? .zero : log.commitKnown, delay: delay)
  }

  // MARK: Promise

  /// Whether a request's master is not to be followed, or can't be. If it can, it is promised to.
  private mutating func turnAway(
    _ request: ReplicateRequest, log: some Log, tell: (FollowerEvent) -> Void
  ) -> ReplicateAnswer.Outcome? {
    let held = log.identity.log
    if held != .none, held != request.log, log.end.last > .zero {
      if foreignTold != request.mastership { tell(.foreignLog(own: held, master: request.log)) }
      foreignTold = request.mastership
      return .foreign
    }
    if let promise, request.mastership != promise, request.mastership.epoch <= promise.epoch {
      tell(.refused(request.mastership, promise: promise))
      return .refused
    }
    if log.trouble != nil { return .storage }
    if request.mastership != promise || held != request.log {
      do throws(LogRefusal) {
        try follow(request, log: log, tell: tell)
      } catch {
        tell(.storageRefused(error))
        return .storage
      }
    }
    masterURL = request.masterURL
    return nil
  }

  private mutating func follow(
    _ request: ReplicateRequest, log: some Log, tell: (FollowerEvent) -> Void
  ) throws(LogRefusal) {
    if log.identity.log == .none {
      let injected = log.end.last.rawValue + early.count
      if log.end.last > .zero { try log.cut(after: .zero) }
      early.removeAll()
      if injected > 0 { tell(.injectedSetAside(entries: injected)) }
    }
    try log.setIdentity(LogIdentity(log: request.log, promise: request.mastership))
    promise = request.mastership
    // An earlier master may have sent what this one doesn't have.
    gap.removeAll()
    tell(.promised(request.mastership, masterURL: request.masterURL))
  }
}
