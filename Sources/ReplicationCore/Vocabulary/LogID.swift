/// Which log it is: made once by the master that begins it, taken over by followers at the first contact. 128 random bits.
public struct LogID: Hashable, Sendable, CustomStringConvertible {
  /// The upper 64 bits.
  public let high: UInt64
  /// The lower 64 bits.
  public let low: UInt64

  /// The log of a follower that has met no master: it holds at most what a person put there by hand.
  public static let none = LogID(high: 0, low: 0)

  /// - Parameters:
  ///   - high: the upper 64 bits.
  ///   - low: the lower 64 bits.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// The id of a new log; never `none`.
  /// - Parameter generator: where the bits come from.
  public static func random(using generator: inout some RandomNumberGenerator) -> LogID {
    LogID(high: generator.next(), low: generator.next() | 1)
  }

  /// 32 hexadecimal digits.
  public var description: String { "\(NodeID(high: high, low: low))" }
}
