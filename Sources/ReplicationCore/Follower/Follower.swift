/// A follower's part of the replication: whom it follows, what it stores, what it keeps until the entries before it come.
///
/// Pure but for the log that is passed in; the caller holds one lock around it and serialises all calls.
///
/// Invariant: every entry it stores extends a prefix that it has checked (epoch and offset of the entry before).
/// Invariant: the log holds entries of one history only: those of the promised mastership, or those put here by hand.
public struct Follower: Sendable {
  /// Who this is.
  public let identity: NodeIdentity
  /// How late new entries are stored: it emulates a slow replica.
  public let delay: Interval
  /// The highest mastership that it has promised itself to; nil before the first contact.
  public private(set) var promise: Mastership?
  /// Where clients reach the master; nil before the first contact.
  public private(set) var masterURL: String?
  /// The commit offset as the master told it last.
  public private(set) var commit = Offset.zero
  private var gap: GapBuffer

  /// - Parameters:
  ///   - identity: this process of this node.
  ///   - delay: how late new entries are stored; not negative.
  ///   - gapBytesMax: how many bytes of entries that came early are kept.
  public init(identity: NodeIdentity, delay: Interval, gapBytesMax: Int) {
    self.identity = identity
    self.delay = delay
    gap = GapBuffer(bytesMax: gapBytesMax)
  }

  /// What a request is to the follower at the moment of its arrival.
  public enum Arrival: Sendable, Hashable {
    /// Refused, or a heartbeat, or nothing that is new: to be answered at once.
    case answer(ReplicateAnswer.Outcome)
    /// It brings new entries: to be stored after the delay.
    case new
  }

  /// A request has arrived. Accepts a later mastership, and forgets what belongs to an older one.
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
    guard accept(request, log: log, tell: tell) else { return .answer(.refused) }
    commit = max(commit, request.commit)
    let entries = request.entries
    if entries.isEmpty || entries.last <= log.end.last { return .answer(.accepted) }
    if gap.holds(entries) { return .answer(.held) }
    return .new
  }

  /// Stores a request's entries, or keeps them until those before them come.
  ///
  /// - Parameters:
  ///   - request: one that `arrived` found to be new; the delay is over.
  ///   - log: this follower's.
  ///   - tell: takes what happened.
  /// - Returns: what to answer, once everything in the log is durable.
  public mutating func store(
    _ request: ReplicateRequest, log: some Log, tell: (FollowerEvent) -> Void
  ) -> ReplicateAnswer.Outcome {
    // A later master may have come during the delay.
    guard request.mastership == promise else { return .refused }
    let end = log.end.last
    let entries = request.entries
    if entries.last <= end { return .accepted }
    guard entries.first <= end.next else {
      if gap.insert(entries, previousEpoch: request.previousEpoch) {
        tell(.held(first: entries.first, last: entries.last, missing: end.next))
        return .held
      }
      tell(.gapBufferFull(first: entries.first, last: entries.last))
      return .full
    }
    let epoch = log.epoch(at: request.previousOffset)
    guard epoch == request.previousEpoch else {
      tell(.mismatch(previous: request.previousOffset, epoch: epoch ?? .none, expected: request.previousEpoch))
      return .mismatch
    }
    extend(log, with: entries.after(end), tell: tell)
    return .accepted
  }

  /// The answer to a request.
  /// - Parameters:
  ///   - outcome: what became of it.
  ///   - log: this follower's.
  public func answer(_ outcome: ReplicateAnswer.Outcome, log: some Log) -> ReplicateAnswer {
    ReplicateAnswer(
      outcome: outcome, identity: identity, promise: promise ?? Mastership(epoch: .none, startID: 0),
      matchOffset: promise == nil ? .zero : log.end.durable, delay: delay)
  }

  // MARK: By hand

  /// What became of an entry that a person put here.
  public enum Injection: Sendable, Hashable {
    /// Stored now, with all that it was missing for.
    case stored
    /// The entries before it are missing: it is kept, and hidden, until they come.
    case held
    /// It is here already, with the same text.
    case duplicate
    /// The number is held with another text, or belongs to the master's log.
    case conflict
    /// There is no room to keep entries that come early.
    case full
  }

  /// Whether `inject` would store or keep something, and so is to wait for the delay.
  public func isNew(_ payload: [UInt8], at offset: Offset, log: some Log) -> Bool {
    promise == nil && offset > log.end.last && gap.run(startingAt: offset) == nil
  }

  /// A person puts an entry here, with epoch 0. It counts for nobody's write concern.
  ///
  /// - Parameters:
  ///   - payload: the text's bytes.
  ///   - offset: from 1.
  ///   - log: this follower's.
  ///   - tell: takes what happened.
  public mutating func inject(
    _ payload: [UInt8], at offset: Offset, log: some Log, tell: (FollowerEvent) -> Void
  ) -> Injection {
    let end = log.end
    if offset <= end.last {
      guard let run = try? log.read(from: offset, through: offset, generation: end.generation) else { return .conflict }
      return Self.holds(run, payload) ? .duplicate : .conflict
    }
    guard promise == nil else { return .conflict }
    if let kept = gap.run(startingAt: offset) { return Self.holds(kept, payload) ? .duplicate : .conflict }
    let run = EntryRun(Entry(offset: offset, epoch: .none, time: 0, payload: payload))
    guard offset == end.last.next else {
      guard gap.insert(run, previousEpoch: .none) else {
        tell(.gapBufferFull(first: offset, last: offset))
        return .full
      }
      tell(.held(first: offset, last: offset, missing: end.last.next))
      return .held
    }
    extend(log, with: run, tell: tell)
    return .stored
  }

  private static func holds(_ run: EntryRun, _ payload: [UInt8]) -> Bool {
    var same = false
    run.forEach { same = $0.payload.elementsEqual(payload) }
    return same
  }

  // MARK: Promise and log

  private mutating func accept(
    _ request: ReplicateRequest, log: some Log, tell: (FollowerEvent) -> Void
  ) -> Bool {
    if request.mastership == promise { return true }
    if let promise, request.mastership.epoch <= promise.epoch {
      tell(.refused(request.mastership, promise: promise))
      return false
    }
    forgetHistory(log: log, tell: tell)
    promise = request.mastership
    masterURL = request.masterURL
    commit = .zero
    tell(.promised(request.mastership, masterURL: request.masterURL))
    return true
  }

  /// A master that keeps its log in memory begins every epoch with an empty log, so that whatever is here belongs to
  /// another history.
  private mutating func forgetHistory(log: some Log, tell: (FollowerEvent) -> Void) {
    let entries = log.end.last.rawValue
    if promise == nil {
      if entries > 0 || !gap.isEmpty { tell(.injectedSetAside(entries: entries + gap.count)) }
    } else if entries > 0 {
      tell(.olderEpochDropped(entries: entries, lastEpoch: log.epoch(at: log.end.last) ?? .none))
    }
    gap.removeAll()
    if entries > 0 { log.removeAll() }
  }

  private mutating func extend(_ log: some Log, with run: EntryRun, tell: (FollowerEvent) -> Void) {
    log.append(run)
    var last = run.last
    while let epoch = log.epoch(at: last), let more = gap.takeRun(after: last, epoch: epoch) {
      log.append(more)
      last = more.last
    }
    tell(.stored(first: run.first, last: last))
  }
}
