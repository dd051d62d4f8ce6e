/// One mastership. Grows with every start of a master; later epochs win (Raft's term, Kafka's leader epoch).
public struct Epoch: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// 0 for entries that a person put on a follower by hand, otherwise 1 … 2⁶⁴ - 1.
  public let rawValue: UInt64

  /// The epoch of entries that no master sent.
  public static let none = Epoch(0)

  /// - Parameter rawValue: 0 … 2⁶⁴ - 1.
  public init(_ rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// Whether `left` is the older epoch.
  public static func < (left: Epoch, right: Epoch) -> Bool { left.rawValue < right.rawValue }

  /// The number in decimal digits.
  public var description: String { String(rawValue) }
}

/// An epoch together with the random number of the master's start that took it, so that two starts never pass for one.
public struct Mastership: Hashable, Sendable {
  /// The epoch of this start.
  public let epoch: Epoch
  /// Drawn at random at each start of a master.
  public let startID: UInt64

  /// - Parameters:
  ///   - epoch: above every epoch that the master has heard of.
  ///   - startID: random.
  public init(epoch: Epoch, startID: UInt64) {
    self.epoch = epoch
    self.startID = startID
  }
}
