/// When the master takes no messages.
extension Master {
  /// Whether a follower refused this master for a later one: nothing is counted any more, and nothing will be.
  public var isDeposed: Bool { deposed != nil }

  /// Takes in what the master's own log says of itself: `Log.trouble`, to be told at start and whenever it changes.
  ///
  /// - Parameters:
  ///   - trouble: what keeps the log from taking entries; nil when that is over.
  ///   - tell: takes what happened.
  public mutating func storageTrouble(_ trouble: LogTrouble?, tell: (MasterEvent) -> Void) {
    self.trouble = trouble
    updateReadOnly(tell: tell)
  }

  /// Takes in that the master's own log could not be read. After damage the master stays read-only: only `replog
  /// recover` ends that.
  ///
  /// - Parameters:
  ///   - error: what the log said.
  ///   - tell: takes what happened.
  public mutating func logUnreadable(_ error: LogReadError, tell: (MasterEvent) -> Void) {
    if case .damaged(let damage) = error {
      // Each turn meets it again: it is told once.
      guard self.damage == nil else { return }
      self.damage = damage
    }
    tell(.unreadable(error))
    updateReadOnly(tell: tell)
  }

  /// Of all reasons that hold, the one to be told.
  var readOnlyReason: ReadOnlyReason? {
    [deposed, recover, divergedReason, storageReason, quorumReason].compactMap { $0 }.min { $0.rank < $1.rank }
  }

  mutating func updateReadOnly(tell: (MasterEvent) -> Void) {
    let reason = readOnlyReason
    let changed = reason.map { !$0.isSameKind(as: readOnly) } ?? (readOnly != nil)
    readOnly = reason
    if changed { tell(.readOnlyChanged(reason)) }
  }

  private var divergedReason: ReadOnlyReason? {
    for follower in followers {
      if case .diverged(let offset) = follower.problem { return .diverged(follower: follower.index, offset: offset) }
    }
    return nil
  }

  private var storageReason: ReadOnlyReason? {
    (trouble ?? damage.map { .damaged($0) }).map { .storage($0) }
  }

  /// A follower that answers and yet takes nothing counts as missing.
  private var quorumReason: ReadOnlyReason? {
    guard let needed = settings.quorum else { return nil }
    var present: Set<NodeID> = []
    for follower in followers where follower.state != .unhealthy && follower.problem == nil {
      if let node = follower.identity?.node { present.insert(node) }
    }
    return present.count + 1 < needed
      ? .quorum(needed: needed, present: present.count + 1, nodes: nodes) : nil
  }
}
