public import ReplicationCore

/// What was found when a log was opened.
public struct RecoveryReport: Hashable, Sendable {
  /// An end of a log that was never known to be durable, and was cut because it wasn't whole.
  public struct TornTail: Hashable, Sendable {
    /// The file's name.
    public let file: String
    /// The offset that the first entry in it would have had.
    public let offset: Offset
    /// How many bytes were cut: up to the last that wasn't zero.
    public let bytes: Int
    /// What was wrong with them.
    public let reason: String
  }

  /// How many segments the log has.
  public internal(set) var segments = 0
  /// How many entries it has, as far as it can be read.
  public internal(set) var entries: UInt64 = 0
  /// How many of them were looked at: those of the last segment.
  public internal(set) var entriesScanned: UInt64 = 0
  /// The torn end that was cut, if there was one.
  public internal(set) var tornTail: TornTail?
  /// What else was not as it should be and was mended, in words.
  public internal(set) var mended: [String] = []
}

/// What a log has written since it was opened.
public struct LogCounts: Hashable, Sendable {
  /// How many commits ended with a sync of the segment.
  public internal(set) var syncs: UInt64 = 0
  /// How many entries became durable.
  public internal(set) var entries: UInt64 = 0
  /// The bytes of these entries.
  public internal(set) var bytes: UInt64 = 0
}
