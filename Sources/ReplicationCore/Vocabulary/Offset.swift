/// A 1-based position in the log. The number of entries is the last offset; `zero` is the place before the first entry.
///
/// Known elsewhere as the Raft index; a person who tries `/replicate` by hand calls it `sequence_id`.
public struct Offset: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// 0 before the first entry, then 1, 2, 3 …
  public let rawValue: UInt64

  /// The place before the first entry.
  public static let zero = Offset(0)

  /// - Parameter rawValue: 0 … 2⁶⁴ - 1.
  @inlinable
  public init(_ rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// The offset after this one. Traps after 2⁶⁴ - 1, which no log reaches.
  public var next: Offset { Offset(rawValue + 1) }

  /// The offset before this one. Traps at zero.
  public var previous: Offset { Offset(rawValue - 1) }

  /// How many entries lie in (`earlier`, self]; 0 when `earlier` is not earlier.
  public func distance(from earlier: Offset) -> UInt64 {
    rawValue > earlier.rawValue ? rawValue - earlier.rawValue : 0
  }

  /// Whether `left` comes first in the log.
  public static func < (left: Offset, right: Offset) -> Bool { left.rawValue < right.rawValue }

  /// The number in decimal digits.
  public var description: String { String(rawValue) }
}
