/// A log of entries: append-only, numbered from 1 without a gap. The one interface that every kind of storage implements.
///
/// Two moments are kept apart. `append` fixes the order and returns at once; that the entries are durable comes later and
/// is told to the observer, on any thread. The caller serialises appends and `removeAll`; reading is free for all.
///
/// Invariant: durableOffset <= lastOffset, and both only grow but for `removeAll`.
public protocol Log: AnyObject, Sendable {
  /// Where the log stands.
  var end: LogEnd { get }

  /// Names what is told when more has become durable: the new durable offset. Called on any thread, never from inside
  /// `append`. To be set once, before the first append.
  func observeDurable(_ observer: @escaping @Sendable (Offset) -> Void)

  /// Appends one entry after the last.
  /// - Parameters:
  ///   - payload: the message's bytes.
  ///   - epoch: the appending master's, at least that of the last entry.
  ///   - time: milliseconds since 1970.
  /// - Returns: the entry's offset, which no other entry of this epoch will ever have.
  func append(payload: [UInt8], epoch: Epoch, time: UInt64) -> Offset

  /// Appends entries as they are. Traps unless `run.first` is the offset after the last.
  func append(_ run: EntryRun)

  /// Asks for all that was appended so far to be made durable. Returns at once; the observer is told.
  func sync()

  /// Forgets every entry. Readers that began before find `LogWasReset`.
  func removeAll()

  /// The epoch of the entry at `offset`; `Epoch.none` at zero; nil beyond the last.
  func epoch(at offset: Offset) -> Epoch?

  /// How far a run from `first` may go.
  /// - Parameters:
  ///   - first: at least 1; nothing is there beyond the last offset.
  ///   - bytesMax: what the run's bytes may come to; one entry is always allowed.
  ///   - entriesMax: how many entries it may hold, at least 1.
  /// - Returns: the last offset of such a run and its size, or nil if there is no entry at `first`.
  func runEnd(from first: Offset, bytesMax: Int, entriesMax: Int) -> (last: Offset, bytes: Int)?

  /// The entries from `first` to `last`, both included, which must lie within the log.
  /// - Parameter generation: the `LogEnd.generation` in which the offsets were looked up.
  /// - Throws: `LogWasReset` if entries were removed since.
  func read(from first: Offset, through last: Offset, generation: UInt64) throws(LogWasReset) -> EntryRun
}

/// Where a log stands at one moment.
public struct LogEnd: Hashable, Sendable {
  /// The number of entries, and so the offset of the last.
  public let last: Offset
  /// The highest offset up to which all entries are durable.
  public let durable: Offset
  /// Counts the times that entries were removed.
  public let generation: UInt64

  /// - Parameters:
  ///   - last: the last offset.
  ///   - durable: at most `last`.
  ///   - generation: how often entries were removed.
  public init(last: Offset, durable: Offset, generation: UInt64) {
    self.last = last
    self.durable = durable
    self.generation = generation
  }
}

/// The log was emptied while somebody read it: what was read so far and what comes next do not belong together.
public struct LogWasReset: Error, Hashable, Sendable {
  /// An error without parts.
  public init() {}
}
