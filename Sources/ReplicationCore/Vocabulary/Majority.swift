/// The smallest number of nodes of which any two such groups share one.
///
/// - Parameter nodes: the number of configured nodes, the master included; at least 1.
public func majority(ofNodes nodes: Int) -> Int {
  nodes / 2 + 1
}
