/// How a `DiskLog` uses its disk. The defaults are right for a node; tests make things smaller.
public struct DiskLogOptions: Sendable {
  /// When an entry counts as durable.
  public enum SyncPolicy: String, Sendable, CaseIterable {
    /// When it was written and synced: it outlives a loss of power.
    case always
    /// When it was written: it outlives the process; the machine may take the last moments with it.
    case never
  }

  /// When an entry counts as durable.
  public var sync = SyncPolicy.always
  /// The size at which a segment is followed by the next, in bytes. A commit is never split, so that a segment may be larger.
  public var segmentBytes = 64 << 20
  /// How many bytes may wait for their first sync; then appends are refused as `LogRefusal.busy`.
  public var pendingBytesMax = 64 << 20
  /// How many bytes of the last entries stay in memory once they are durable, and what is in one piece with them: enough for
  /// followers that keep up and for readers of what is new, and little enough for the processor's cache to have what is freed when it
  /// is used again.
  public var tailBytesMin = 4 << 20
  /// The size of the memory that entries are written into, one piece after the other.
  public var memoryPieceBytes = 1 << 20
  /// How much disk space is reserved at once, in bytes; less when space is short.
  public var reservePieceBytes = 16 << 20
  /// How fast segments that nobody reads are checked after the start, in bytes a second; 0: not at all.
  public var checkBytesPerSecond = 32 << 20
  /// How many sealed segments keep in memory where their entries begin: 256 KiB each, if they are full of small ones.
  public var indexedSegmentsMax = 64
  /// How many of the last sealed segments stay in the system's page cache; an older one is read from the disk the next time.
  public var cachedSegmentsMax = 4

  /// The defaults.
  public init() {}
}
