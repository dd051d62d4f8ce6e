/// What a follower says to a request in the dense form.
///
/// As bytes, all numbers little-endian:
///
///     0      4         8         12     20     28            36      44      52    60    68
///     ┌──────┬─────────┬─────────┬──────┬──────┬─────────────┬───────┬───────┬─────┬─────┬──────
///     │ RLAN │ version │ outcome │ node │ node │ incarnation │ epoch │ start │ log │ log │
///     │      │ u32 = 2 │ u32     │ high │ low  │ u64         │ u64   │ ID    │ high│ low │
///     └──────┴─────────┴─────────┴──────┴──────┴─────────────┴───────┴───────┴─────┴─────┴──────
///
///     68      76     84     92       100        108
///     ┬───────┬──────┬──────┬────────┬──────────┐
///     │ end   │ its  │ its  │ commit │ delay in │
///     │ offset│ epoch│ hash │ known  │ ms, u64  │
///     ┴───────┴──────┴──────┴────────┴──────────┘
public struct ReplicateAnswer: Sendable, Hashable {
  /// What became of the request.
  public enum Outcome: UInt32, Sendable, Hashable, CaseIterable {
    /// The follower has the previous point. The entries, if there are any, are stored or were held already.
    case accepted = 0
    /// Earlier entries are missing: kept in memory until they come.
    case held = 1
    /// There is no room to take these entries now: send them again later.
    case full = 2
    /// The follower has promised itself to a later epoch, or to another start with the same epoch.
    case refused = 3
    /// The follower does not have the previous point. Nothing was stored.
    case mismatch = 4
    /// The follower holds entries of another log. Nothing was promised.
    case foreign = 5
    /// To take these entries the follower would have to give up what it knows to be acknowledged.
    case diverged = 6
    /// The follower can't store: its disk is full or fails, or its log is damaged.
    case storage = 7
  }

  /// What became of the request.
  public let outcome: Outcome
  /// Who answers.
  public let identity: NodeIdentity
  /// The highest mastership that the follower has promised itself to; epoch 0 when none.
  public let promise: Mastership
  /// Which log the follower holds; `LogID.none` before the first contact with a master.
  public let log: LogID
  /// The point up to which the follower holds everything, durably.
  public let end: LogPoint
  /// The highest offset that the follower knows to be acknowledged by a majority.
  public let commitKnown: Offset
  /// The follower's replication delay.
  public let delay: Interval

  /// The number of bytes of every answer.
  public static let encodedBytes = 108
  private static let magic = Array("RLAN".utf8)
  private static let version: UInt32 = 2

  /// - Parameters:
  ///   - outcome: what became of the request.
  ///   - identity: the answering node's.
  ///   - promise: the highest that the follower has given.
  ///   - log: which log it holds.
  ///   - end: its durable end, a point of that log.
  ///   - commitKnown: what it knows to be acknowledged.
  ///   - delay: its replication delay, whole milliseconds.
  public init(
    outcome: Outcome, identity: NodeIdentity, promise: Mastership, log: LogID, end: LogPoint, commitKnown: Offset,
    delay: Interval
  ) {
    self.outcome = outcome
    self.identity = identity
    self.promise = promise
    self.log = log
    self.end = end
    self.commitKnown = commitKnown
    self.delay = delay
  }

  /// The answer in its dense form.
  public func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.encodedBytes)
    bytes.append(head: Self.magic, version: Self.version)
    bytes.append(littleEndian: outcome.rawValue)
    bytes.append(identity)
    bytes.append(promise)
    bytes.append(log)
    bytes.append(end)
    bytes.append(littleEndian: commitKnown.rawValue)
    bytes.append(littleEndian: UInt64(max(0, delay.milliseconds)))
    return bytes
  }

  /// - Parameter bytes: the whole body of the answer.
  /// - Throws: `WireError`.
  public init(decoding bytes: [UInt8]) throws(WireError) {
    self = try bytes.reading { (reader) throws(WireError) -> ReplicateAnswer in
      try reader.readHead(Self.magic, version: Self.version)
      let number = try reader.read(UInt32.self)
      guard let outcome = Outcome(rawValue: number) else { throw .invalid("outcome \(number)") }
      let identity = try reader.readIdentity()
      let promise = try reader.readMastership()
      let log = try reader.readLogID()
      let answer = ReplicateAnswer(
        outcome: outcome, identity: identity, promise: promise, log: log, end: try reader.readPoint(of: log),
        commitKnown: try reader.readOffset(), delay: .milliseconds(Int64(try reader.readDelay())))
      guard reader.remaining == 0 else { throw .truncated }
      guard log != .none || answer.end.offset == .zero else { throw .invalid("entries of no log") }
      return answer
    }
  }
}

extension ByteReader {
  /// Milliseconds; what is added to them must not overflow.
  fileprivate mutating func readDelay() throws(WireError) -> UInt32 {
    let number = try read(UInt64.self)
    guard let delay = UInt32(exactly: number) else { throw .invalid("delay \(number)") }
    return delay
  }
}
