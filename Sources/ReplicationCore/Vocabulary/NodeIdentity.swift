/// Which node it is, for as long as it keeps what makes it that node. 128 random bits.
public struct NodeID: Hashable, Sendable, CustomStringConvertible {
  /// The upper 64 bits.
  public let high: UInt64
  /// The lower 64 bits.
  public let low: UInt64

  /// - Parameters:
  ///   - high: the upper 64 bits.
  ///   - low: the lower 64 bits.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// A new identity.
  /// - Parameter generator: where the bits come from.
  public static func random(using generator: inout some RandomNumberGenerator) -> NodeID {
    NodeID(high: generator.next(), low: generator.next())
  }

  /// 32 hexadecimal digits.
  public var description: String { Self.hex(high) + Self.hex(low) }

  private static func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// One process of one node: an answer given by an earlier process of the same node says nothing about this one.
public struct NodeIdentity: Hashable, Sendable {
  /// The node.
  public let node: NodeID
  /// Random, one per process start.
  public let incarnation: UInt64

  /// - Parameters:
  ///   - node: the node.
  ///   - incarnation: random, one per process start.
  public init(node: NodeID, incarnation: UInt64) {
    self.node = node
    self.incarnation = incarnation
  }
}
