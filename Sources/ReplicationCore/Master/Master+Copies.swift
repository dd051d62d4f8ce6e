/// Which nodes hold an entry, since when, and how sure that is.
extension Master {
  /// One place's copy of an entry, durable there.
  public struct Copy: Sendable, Hashable {
    /// How sure it is that the copy is there now.
    public enum Certainty: Sendable, Hashable {
      /// The node was heard of lately, and all is well with it.
      case certain
      /// The node was counted at an earlier place already.
      case sameNode
      /// The node is Unhealthy or can't be filled, or is known by another place not to hold it.
      case unsure
    }

    /// The follower's place in the list; nil for the master's own log.
    public let follower: Int?
    /// When the master learned of it, in milliseconds since 1970; nil where that isn't known: it was before this start or
    /// before the node was met, or it is too long ago.
    public let confirmed: UInt64?
    /// How sure it is.
    public let certainty: Certainty
  }

  /// Notes who holds what since when. To be called under the same lock after each `stored` and `answered`.
  /// - Parameter time: milliseconds since 1970, of the clock that entries get their time from.
  public mutating func noteConfirmations(time: UInt64) {
    ownConfirmations.note(ownMatch, by: nil, time: time)
    for index in followers.indices where followers[index].place == .known {
      confirmations[index].note(followers[index].held, by: followers[index].identity?.node, time: time)
    }
  }

  /// Who is known to hold the entry at `offset`: the same places as `holders(of:)`, the master first.
  /// - Parameters:
  ///   - offset: the entry's.
  ///   - now: the time.
  public func copies(of offset: Offset, now: Instant) -> [Copy] {
    var copies: [Copy] = []
    if ownMatch >= offset {
      copies.append(Copy(follower: nil, confirmed: ownConfirmations.time(of: offset), certainty: .certain))
    }
    // Of two places with one node the one that knows less is believed.
    let lacking = Set(followers.lazy.filter { $0.held < offset }.compactMap { $0.identity?.node })
    var counted: Set<NodeID> = []
    for follower in followers where follower.held >= offset {
      let state = FollowerState(silence: follower.lastContact.map { now - $0 }, settings: settings)
      var certainty = Copy.Certainty.unsure
      if state != .unhealthy, follower.problem == nil, let node = follower.identity?.node, !lacking.contains(node) {
        certainty = counted.insert(node).inserted ? .certain : .sameNode
      }
      let confirmed = confirmations[follower.index].time(of: offset)
      copies.append(Copy(follower: follower.index, confirmed: confirmed, certainty: certainty))
    }
    return copies
  }
}
