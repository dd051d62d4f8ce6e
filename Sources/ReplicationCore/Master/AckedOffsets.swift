/// Counts acknowledgements by sorting match offsets.
///
/// "How many nodes hold the entry at offset o" is a comparison with one integer per node. So one rule serves every write
/// concern: acked(w) is the w-th largest match offset of all nodes, the master's own durable end being one of them,
/// and never above the master's own. The same idea commits entries in Raft (Ongaro and Ousterhout 2014, section 5.3).
///
/// Invariant: acked(1) >= acked(2) >= … >= acked(nodes), and acked(1) <= the master's durable end.
public struct AckedOffsets: Sendable, Hashable {
  /// The acked offset of write concern w stands at w - 1.
  private var offsets: [Offset]

  /// - Parameter nodes: the number of configured nodes, at least 1.
  public init(nodes: Int) {
    precondition(nodes >= 1, "a log has at least one node")
    offsets = Array(repeating: .zero, count: nodes)
  }

  /// The highest offset that `writeConcern` nodes hold.
  /// - Parameter writeConcern: 1 … the number of nodes.
  public func acked(_ writeConcern: Int) -> Offset {
    offsets[writeConcern - 1]
  }

  /// The acked offset of a majority.
  public var commit: Offset { acked(majority(ofNodes: offsets.count)) }

  /// Counts anew.
  /// - Parameters:
  ///   - own: the master's own durable end.
  ///   - matches: the match offset of each other *node*; fewer than the followers when two of them are one node.
  public mutating func count(own: Offset, matches: [Offset]) {
    precondition(matches.count < offsets.count, "\(matches.count) followers of \(offsets.count) nodes")
    for index in offsets.indices { offsets[index] = .zero }
    offsets[0] = own
    for match in matches { insert(min(match, own)) }
  }

  /// Keeps the offsets sorted, the largest first: there are few nodes, so an insertion is the quickest sort.
  private mutating func insert(_ offset: Offset) {
    var carried = offset
    for index in offsets.indices where offsets[index] < carried {
      swap(&offsets[index], &carried)
    }
  }
}
