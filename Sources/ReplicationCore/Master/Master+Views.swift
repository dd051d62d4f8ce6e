/// What others may know.
extension Master {
  /// One follower as the master sees it.
  public struct FollowerView: Sendable, Hashable {
    /// By the time of its last answer.
    public let state: FollowerState
    /// What it is known to hold of the master's log.
    public let match: Offset
    /// Why it gets no entries and counts as missing though it answers; nil in the good case.
    public let problem: FollowerProblem?
    /// Whether the last point that both logs have is still looked for: `match` is not known yet.
    public let isSearching: Bool
    /// The time since its last answer; nil if there was none.
    public let silence: Interval?
    /// How many batches are on the way to it.
    public let inFlight: Int
    /// Who answers there; nil before the first answer.
    public let identity: NodeIdentity?
    /// Its replication delay, as it says.
    public let delay: Interval
  }

  /// The followers in configured order.
  /// - Parameter now: the time.
  public func followerViews(now: Instant) -> [FollowerView] {
    followers.map {
      let silence = $0.lastContact.map { now - $0 }
      var isSearching = false
      if case .searching = $0.place { isSearching = true }
      return FollowerView(
        state: FollowerState(silence: silence, settings: settings), match: $0.match, problem: $0.problem,
        isSearching: isSearching, silence: silence, inFlight: $0.inFlight, identity: $0.identity, delay: $0.delay)
    }
  }

  /// Who is known to hold the entry at `offset`: the master durably, and each follower in configured order.
  public func holders(of offset: Offset) -> (master: Bool, followers: [Bool]) {
    (ownMatch >= offset, followers.map { $0.held >= offset })
  }

  /// How many nodes, the master included, are Healthy and take entries: so many could hold a new one soon.
  public var healthyNodes: Int {
    var present: Set<NodeID> = []
    for follower in followers where follower.state == .healthy && follower.problem == nil {
      if let node = follower.identity?.node { present.insert(node) }
    }
    return present.count + 1
  }

  /// For invariant checkers: what will leave next for each follower.
  public var nextOffsets: [Offset] { followers.map(\.next) }
}
