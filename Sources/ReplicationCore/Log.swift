/// A log of entries: append-only, numbered from 1 without a gap. The one interface that every kind of storage implements.
///
/// Two moments are kept apart. `append` fixes the order and returns at once; that the entries are durable comes later and
/// is told to the observer, on any thread. The caller serialises `append`, `cut` and `identity`'s changes; reading is free
/// for all.
///
/// Invariant: durable <= last, and both only grow but for `cut`.
public protocol Log: AnyObject, Sendable {
  /// Where the log stands.
  var end: LogEnd { get }

  /// Which log it is and whom its node follows: durable.
  var identity: LogIdentity { get }

  /// The highest offset that the log's node knows to be acknowledged by a majority. Survives a restart, maybe an older value.
  var commitKnown: Offset { get }

  /// What keeps the log from taking entries or from being read as a whole; nil when nothing does.
  var trouble: LogTrouble? { get }

  /// Names what is told when more has become durable or `trouble` has changed. Called on any thread, never from inside
  /// another call than `sync`. To be set once, before the first append.
  func observe(_ observer: @escaping @Sendable () -> Void)

  /// Makes an identity durable before it returns. Slow: it syncs. The log's id may only change while the log is empty;
  /// what was known to be acknowledged of the other log is then forgotten.
  /// - Throws: `LogRefusal.full` or `.failing`, and then the old identity is still the valid one.
  func setIdentity(_ identity: LogIdentity) throws(LogRefusal)

  /// Notes what is known to be acknowledged; never falls. Cheap: it is written with something else.
  func noteCommit(_ offset: Offset)

  /// Appends one entry after the last.
  /// - Parameters:
  ///   - content: what it holds.
  ///   - epoch: the appending master's, at least that of the last entry.
  ///   - time: milliseconds since 1970.
  /// - Returns: the entry's offset, which no other entry of this epoch will ever have.
  /// - Throws: `LogRefusal`, and then nothing has changed.
  func append(_ content: Entry.Content, epoch: Epoch, time: UInt64) throws(LogRefusal) -> Offset

  /// Appends entries as they are. Traps unless `run` continues the log: offsets and prefix hash were checked.
  /// - Throws: `LogRefusal`, and then nothing has changed.
  func append(_ run: EntryRun) throws(LogRefusal)

  /// Asks for all that was appended so far to be made durable; the observer is told. It does not wait for a sync, but where nothing
  /// is synced it may write, and tell the observer, before it returns: not to be called under a lock that the observer takes.
  func sync()

  /// Takes out every entry after `offset`, and damage that begins after it. What was durable is set aside rather than deleted.
  /// Readers that began before find `LogReadError.reset`. Durable when it returns; slow.
  /// - Throws: `LogRefusal`: `end` then tells whether the entries are out. If they are, a crash may bring them back, but nothing
  ///   is appended before the disk has let them go. `.damaged` if the damage is not after `offset`: nothing has changed.
  func cut(after offset: Offset) throws(LogRefusal)

  /// The point of the entry at `offset`; that of the beginning at zero; nil beyond the last.
  /// - Throws: `LogReadError`.
  func point(at offset: Offset) throws(LogReadError) -> LogPoint?

  /// The offsets of the list that the entry at `offset` belongs to, of which the log may not have the end yet; nil if it stands
  /// alone, or beyond the last.
  /// - Throws: `LogReadError`.
  func list(at offset: Offset) throws(LogReadError) -> ClosedRange<Offset>?

  /// How far a run from `first` may go.
  /// - Parameters:
  ///   - first: at least 1; nothing is there beyond the last offset.
  ///   - bytesMax: what the run's bytes may come to; one entry is always allowed.
  ///   - entriesMax: how many entries it may hold, at least 1.
  /// - Returns: the last offset of such a run and its size, or nil if there is no entry at `first`.
  /// - Throws: `LogReadError`.
  func runEnd(
    from first: Offset, bytesMax: Int, entriesMax: Int
  ) throws(LogReadError) -> (last: Offset, bytes: Int)?

  /// The entries from `first` to `last`, both included, which must lie within the log.
  /// - Parameter generation: the `LogEnd.generation` in which the offsets were looked up.
  /// - Throws: `LogReadError`.
  func read(from first: Offset, through last: Offset, generation: UInt64) throws(LogReadError) -> EntryRun

  /// The entries from `first` on, as many as are allowed: what `runEnd` and `read` come to, in one go.
  /// - Parameters:
  ///   - first: at least 1.
  ///   - last: the last one to read, at least `first` and within the log.
  ///   - bytesMax: what the run's bytes may come to; one entry is always allowed.
  ///   - entriesMax: how many entries it may hold, at least 1.
  ///   - generation: the `LogEnd.generation` in which the offsets were looked up.
  /// - Throws: `LogReadError`.
  func run(
    from first: Offset, through last: Offset, bytesMax: Int, entriesMax: Int, generation: UInt64
  ) throws(LogReadError) -> EntryRun
}

extension Log {
  /// As `runEnd` and `read` do it.
  public func run(
    from first: Offset, through last: Offset, bytesMax: Int, entriesMax: Int, generation: UInt64
  ) throws(LogReadError) -> EntryRun {
    guard let end = try runEnd(from: first, bytesMax: bytesMax, entriesMax: entriesMax) else { throw .reset }
    return try read(from: first, through: min(end.last, last), generation: generation)
  }

  /// Appends a message without a key: see `append(_:epoch:time:)`.
  public func append(payload: [UInt8], epoch: Epoch, time: UInt64) throws(LogRefusal) -> Offset {
    try append(Entry.Content(message: payload), epoch: epoch, time: time)
  }
}

/// Where a log stands at one moment.
public struct LogEnd: Hashable, Sendable {
  /// The point of the last entry.
  public let lastPoint: LogPoint
  /// The point up to which all entries are durable.
  public let durablePoint: LogPoint
  /// Counts the times that entries were taken out.
  public let generation: UInt64

  /// The number of entries, and so the offset of the last.
  public var last: Offset { lastPoint.offset }
  /// The highest offset up to which all entries are durable.
  public var durable: Offset { durablePoint.offset }

  /// - Parameters:
  ///   - lastPoint: of the last entry.
  ///   - durablePoint: at most `lastPoint`.
  ///   - generation: how often entries were taken out.
  public init(lastPoint: LogPoint, durablePoint: LogPoint, generation: UInt64) {
    self.lastPoint = lastPoint
    self.durablePoint = durablePoint
    self.generation = generation
  }
}

/// What a node durably knows about the log it holds.
public struct LogIdentity: Hashable, Sendable {
  /// Which log it is; `LogID.none` before the first contact with a master.
  public let log: LogID
  /// The highest mastership that the node has promised itself to, a master to its own; epoch 0 before the first.
  public let promise: Mastership

  /// Of a log that belongs to nobody yet.
  public static let none = LogIdentity(log: .none, promise: Mastership(epoch: .none, startID: 0))

  /// - Parameters:
  ///   - log: which log it is.
  ///   - promise: the highest mastership promised.
  public init(log: LogID, promise: Mastership) {
    self.log = log
    self.promise = promise
  }
}
