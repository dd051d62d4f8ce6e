/// Who holds what.
extension Master {
  mutating func recount() -> [WaiterID] {
    acked.count(own: ownMatch, matches: matchPerNode)
    var released: [WaiterID] = []
    waiters.release(upTo: acked) { released.append($0) }
    return released
  }

  /// What each follower *node* holds: one that is listed under two URLs counts once. Where the two places know
  /// different processes of it, the lower one is believed.
  private var matchPerNode: [Offset] {
    var matches: [Offset] = []
    matches.reserveCapacity(followers.count)
    for (index, follower) in followers.enumerated() {
      guard let identity = follower.identity else { continue }
      let places = followers.filter { $0.identity?.node == identity.node }
      if places.count == 1 {
        matches.append(follower.held)
      } else if places.first?.index == index {
        let sameProcess = places.allSatisfy { $0.identity == identity }
        matches.append(places.map(\.held).reduce(follower.held) { sameProcess ? max($0, $1) : min($0, $1) })
      }
    }
    return matches
  }

  mutating func tellSameNode(_ index: Int, tell: (MasterEvent) -> Void) {
    guard let node = followers[index].identity?.node, !sameNodeTold.contains(index),
      let other = followers.first(where: { $0.index != index && $0.identity?.node == node })
    else { return }
    sameNodeTold.insert(index)
    tell(.sameNode(follower: index, other: other.index, node: node))
  }
}
