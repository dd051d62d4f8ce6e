/// What a node holds: whose it is, where it ends, and the entries that were asked for. Durable ones only.
///
/// As bytes, all numbers little-endian:
///
///     0      4         8      16     24            32      40      48    56    64      72     80     88
///     ┌──────┬─────────┬──────┬──────┬─────────────┬───────┬───────┬─────┬─────┬───────┬──────┬──────┬──────────
///     │ RLFA │ version │ node │ node │ incarnation │ epoch │ start │ log │ log │ end   │ its  │ its  │
///     │      │ u32 = 1 │ high │ low  │ u64         │ u64   │ ID    │ high│ low │ offset│ epoch│ hash │
///     └──────┴─────────┴──────┴──────┴─────────────┴───────┴───────┴─────┴─────┴───────┴──────┴──────┴──────────
///
///     88      96        100     108     116     124
///     ┬───────┬─────────┬───────┬───────┬───────┬─────────┐
///     │ commit│ has the │ point │ its   │ its   │ entries │
///     │ known │ point   │ offset│ epoch │ hash  │         │
///     │       │ u32 0/1 │       │       │       │         │
///     ┴───────┴─────────┴───────┴───────┴───────┴─────────┘
///
/// Invariant: the entries continue the history of `point`, and end at `end` at the latest.
public struct FetchAnswer: Sendable, Hashable {
  /// Who answers.
  public let identity: NodeIdentity
  /// The highest mastership that the node has promised itself to; epoch 0 when none.
  public let promise: Mastership
  /// Which log the node holds; `LogID.none` when none.
  public let log: LogID
  /// The point up to which the node holds everything, durably.
  public let end: LogPoint
  /// The highest offset that the node knows to be acknowledged by a majority.
  public let commitKnown: Offset
  /// The point that was asked for; nil when the node's log ends before it.
  public let point: LogPoint?
  /// The entries after it; empty when none were wanted, there are none, or the point is not there.
  public let entries: EntryRun

  private static let magic = Array("RLFA".utf8)
  private static let version: UInt32 = 1
  private static let headerBytes = 124

  /// - Parameters:
  ///   - identity: the answering node's.
  ///   - promise: the highest that it has given.
  ///   - log: which log it holds.
  ///   - end: its durable end, a point of that log.
  ///   - commitKnown: what it knows to be acknowledged.
  ///   - point: the point that was asked for, if it is there: at most `end`.
  ///   - entries: continue `point` and are durable; empty after the offset that was asked for when there are none.
  public init(
    identity: NodeIdentity, promise: Mastership, log: LogID, end: LogPoint, commitKnown: Offset, point: LogPoint?,
    entries: EntryRun
  ) {
    precondition(
      point.map { entries.first == $0.offset.next } ?? entries.isEmpty,
      "\(entries.first) after \(point, default: "nothing")")
    self.identity = identity
    self.promise = promise
    self.log = log
    self.end = end
    self.commitKnown = commitKnown
    self.point = point
    self.entries = entries
  }

  /// The answer in its dense form.
  public func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.headerBytes + entries.bytes.count)
    bytes.append(head: Self.magic, version: Self.version)
    bytes.append(identity)
    bytes.append(promise)
    bytes.append(log)
    bytes.append(end)
    bytes.append(littleEndian: commitKnown.rawValue)
    bytes.append(littleEndian: UInt32(point == nil ? 0 : 1))
    bytes.append(point ?? LogPoint(offset: entries.first.previous, epoch: .none, hash: 0))
    bytes.append(contentsOf: entries.bytes)
    return bytes
  }

  /// Reads and checks an answer. Its entries lie where they are: in `bytes`.
  ///
  /// - Parameter bytes: the whole body.
  /// - Throws: `WireError`, also when an entry is not as it was written, or does not belong between the point and the
  ///   end.
  public init(decoding bytes: [UInt8]) throws(WireError) {
    var asked = LogPoint(beginning: .none)
    (identity, promise, log, end, commitKnown, point) = try bytes.reading { (reader) throws(WireError) in
      try reader.readHead(Self.magic, version: Self.version)
      let identity = try reader.readIdentity()
      let promise = try reader.readMastership()
      let log = try reader.readLogID()
      let end = try reader.readPoint(of: log)
      let commitKnown = try reader.readOffset()
      let flag = try reader.read(UInt32.self)
      guard flag <= 1 else { throw .invalid("flag \(flag)") }
      let hasPoint = flag == 1
      asked = LogPoint(
        offset: try reader.readOffset(), epoch: Epoch(try reader.read(UInt64.self)), hash: try reader.read(UInt64.self))
      guard hasPoint || reader.remaining == 0 else { throw .invalid("entries after a point that is not there") }
      guard hasPoint || (asked.epoch == .none && asked.hash == 0) else {
        throw .invalid("\(asked), a point that is not there")
      }
      return (identity, promise, log, end, commitKnown, hasPoint ? asked : nil)
    }
    guard log != .none || end.offset == .zero else { throw .invalid("entries of no log") }
    guard let point else {
      entries = .empty(after: asked.offset)
      return
    }
    try Self.check(point, in: log, end: end)
    entries = try EntryRun(checking: SharedBytes(bytes)[Self.headerBytes...], after: point, epochMax: end.epoch)
    guard entries.last <= end.offset else { throw .invalid("entry \(entries.last) after the end, \(end)") }
    guard entries.last < end.offset || entries.isEmpty || entries.point(at: entries.last) == end else {
      throw .invalid("the last entry is not the end, \(end)")
    }
  }

  private static func check(_ point: LogPoint, in log: LogID, end: LogPoint) throws(WireError) {
    guard point.offset > .zero || point == LogPoint(beginning: log) else {
      throw .invalid("\(point) is not the beginning of log \(log)")
    }
    guard point.offset < end.offset || point == end, point.epoch <= end.epoch else {
      throw .invalid("\(point) does not lie before the end, \(end)")
    }
  }
}
