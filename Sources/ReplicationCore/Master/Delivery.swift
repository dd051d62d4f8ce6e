/// One request that the master has decided to send. The caller fills in the entries and carries it out.
public struct Delivery: Sendable, Hashable {
  /// Counts the requests to one follower; a later one has a higher number.
  public let number: UInt64
  /// Which follower, in configured order from 0.
  public let follower: Int
  /// In whose name it goes: epoch 0, which only asks who is there, when the master may not win anybody for its epoch.
  public let mastership: Mastership
  /// The offset of the point that goes along: before the entries; in a heartbeat the follower's match offset, or a
  /// probe for the last point that both logs have.
  public let previous: Offset
  /// The entries it carries; nil for a heartbeat.
  public let entries: Entries?
  /// The commit offset that goes along: never above what this follower is known to hold.
  public let commit: Offset
  /// How many attempts failed in a row before it.
  public let attempt: Int
  /// How long to wait for the answer.
  public let timeout: Interval

  /// The entries of a batch.
  public struct Entries: Sendable, Hashable {
    /// The first offset.
    public let first: Offset
    /// The last offset, at least `first`.
    public let last: Offset
    /// The size of their encoded form.
    public let bytes: Int
  }

  /// The request with its entries, which are read now; no lock is needed.
  /// - Parameters:
  ///   - log: the master's.
  ///   - masterURL: where clients reach the master.
  /// - Throws: `LogReadError`: to be told to the master (`Master.unreadable`), and the delivery has failed.
  public func request(log: some Log, masterURL: String) throws(LogReadError) -> ReplicateRequest {
    let generation = log.end.generation
    // A master's log never loses an entry, so that the point is there.
    guard let point = try log.point(at: previous) else { throw .reset }
    let run =
      if let entries {
        try log.read(from: entries.first, through: entries.last, generation: generation)
      } else {
        EntryRun.empty(after: previous)
      }
    return ReplicateRequest(
      mastership: mastership, log: log.identity.log, previous: point, commit: commit, masterURL: masterURL,
      entries: run)
  }
}
