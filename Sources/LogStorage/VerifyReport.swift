public import ReplicationCore

/// What a check of a node's folder found.
public struct VerifyReport: Sendable {
  /// One thing that is not as it should be.
  public struct Finding: Hashable, Sendable, CustomStringConvertible {
    /// The file's name.
    public let file: String
    /// Where in the file, in bytes; nil if it is about the file as a whole.
    public let position: Int?
    /// The first entry that it concerns; nil if it is about none.
    public let offset: Offset?
    /// What is wrong, in words.
    public let reason: String

    /// One line for people.
    public var description: String {
      let place = position.map { ", byte \($0)" } ?? ""
      let entry = offset.map { ", entry \($0)" } ?? ""
      return "\(file)\(place)\(entry): \(reason)"
    }
  }

  /// What a crash left after the last whole entry, and the next start cuts: never a part of what is known to be
  /// durable.
  public struct TornTail: Hashable, Sendable, CustomStringConvertible {
    /// The file's name.
    public let file: String
    /// Where it begins, in bytes.
    public let position: Int
    /// The offset of the entry that is torn.
    public let offset: Offset
    /// How many bytes hold something.
    public let bytes: Int

    /// One line for people.
    public var description: String {
      "\(file), byte \(position): a torn tail of \(bytes) bytes from entry \(offset) on"
    }
  }

  /// The node; nil if its record can't be read.
  public internal(set) var node: NodeID?
  /// Which log it holds and whom it follows; nil if its record can't be read.
  public internal(set) var identity: LogIdentity?
  /// How many segment files there are.
  public internal(set) var segments = 0
  /// How many whole entries were found.
  public internal(set) var entries: UInt64 = 0
  /// The size of these entries, in bytes.
  public internal(set) var bytes = 0
  /// The offset of the first entry; nil if there is none.
  public internal(set) var first: Offset?
  /// The point up to which the log is whole from its beginning on; nil without a segment that can be read.
  public internal(set) var end: LogPoint?
  /// The highest offset known to be durable; nil if that isn't known.
  public internal(set) var durable: Offset?
  /// The highest offset known to be acknowledged; nil if that isn't known.
  public internal(set) var commit: Offset?
  /// Damage: what is not what was written.
  public internal(set) var problems: [Finding] = []
  /// What a crash may leave and the next start puts in order; no damage.
  public internal(set) var remarks: [Finding] = []
  /// What the next start will cut.
  public internal(set) var tornTail: TornTail?

  /// The offset up to which the log is whole from its beginning on.
  public var last: Offset { end?.offset ?? .zero }
  /// Whether there is no damage.
  public var isWhole: Bool { problems.isEmpty }
}
