/// What a follower says to a request in the dense form.
///
/// As bytes, all numbers little-endian:
///
///     0      4         8         12     20     28            36      44      52      60         68
///     ┌──────┬─────────┬─────────┬──────┬──────┬─────────────┬───────┬───────┬───────┬──────────┐
///     │ RLAN │ version │ outcome │ node │ node │ incarnation │ epoch │ start │ match │ delay in │
///     │      │ u32     │ u32     │ high │ low  │ u64         │ u64   │ ID    │ offset│ ms, u64  │
///     └──────┴─────────┴─────────┴──────┴──────┴─────────────┴───────┴───────┴───────┴──────────┘
public struct ReplicateAnswer: Sendable, Hashable {
  /// What became of the request.
  public enum Outcome: UInt32, Sendable, Hashable, CaseIterable {
    /// Stored, or held already, or a heartbeat: the match offset tells.
    case accepted = 0
    /// Earlier entries are missing: kept in memory until they come.
    case held = 1
    /// Earlier entries are missing and there is no room to keep these: send them again later.
    case full = 2
    /// The follower has promised itself to a later epoch, or to another start with the same epoch.
    case refused = 3
    /// The entry before the first one is of another epoch than the master says.
    case mismatch = 4
  }

  /// What became of the request.
  public let outcome: Outcome
  /// Who answers.
  public let identity: NodeIdentity
  /// The highest mastership that the follower has promised itself to; epoch 0 when none.
  public let promise: Mastership
  /// The highest offset up to which the follower holds everything, durably.
  public let matchOffset: Offset
  /// The follower's replication delay.
  public let delay: Interval

  /// The number of bytes of every answer.
  public static let encodedBytes = 68
  private static let magic = Array("RLAN".utf8)
  private static let version: UInt32 = 1

  /// - Parameters:
  ///   - outcome: what became of the request.
  ///   - identity: the answering node's.
  ///   - promise: the highest that the follower has given.
  ///   - matchOffset: its contiguous durable end.
  ///   - delay: its replication delay, whole milliseconds.
  public init(
    outcome: Outcome, identity: NodeIdentity, promise: Mastership, matchOffset: Offset, delay: Interval
  ) {
    self.outcome = outcome
    self.identity = identity
    self.promise = promise
    self.matchOffset = matchOffset
    self.delay = delay
  }

  /// The answer in its dense form.
  public func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.encodedBytes)
    bytes += Self.magic
    bytes.append(littleEndian: Self.version)
    bytes.append(littleEndian: outcome.rawValue)
    bytes.append(littleEndian: identity.node.high)
    bytes.append(littleEndian: identity.node.low)
    bytes.append(littleEndian: identity.incarnation)
    bytes.append(littleEndian: promise.epoch.rawValue)
    bytes.append(littleEndian: promise.startID)
    bytes.append(littleEndian: matchOffset.rawValue)
    bytes.append(littleEndian: UInt64(max(0, delay.milliseconds)))
    return bytes
  }

  /// - Parameter bytes: the whole body of the answer.
  /// - Throws: `WireError`.
  public init(decoding bytes: [UInt8]) throws(WireError) {
    self = try bytes.reading { (reader) throws(WireError) -> ReplicateAnswer in
      guard try Array(reader.read(count: 4)) == Self.magic else { throw .notThisFormat }
      let version = try reader.read(UInt32.self)
      guard version == Self.version else { throw .unknownVersion(UInt16(truncatingIfNeeded: version)) }
      let number = try reader.read(UInt32.self)
      guard let outcome = Outcome(rawValue: number) else { throw .invalid("outcome \(number)") }
      let answer = ReplicateAnswer(
        outcome: outcome,
        identity: NodeIdentity(
          node: NodeID(high: try reader.read(UInt64.self), low: try reader.read(UInt64.self)),
          incarnation: try reader.read(UInt64.self)),
        promise: Mastership(epoch: Epoch(try reader.read(UInt64.self)), startID: try reader.read(UInt64.self)),
        matchOffset: Offset(try reader.read(UInt64.self)),
        delay: .milliseconds(Int64(clamping: try reader.read(UInt64.self) & 0xFFFF_FFFF)))
      guard reader.remaining == 0 else { throw .truncated }
      // As in a request: an offset that no log holds would overflow in "match + 1".
      guard answer.matchOffset.rawValue < UInt64.max >> 1 else { throw .invalid("match \(answer.matchOffset)") }
      return answer
    }
  }
}
