/// Something that people who watch replication want to read about. Decides nothing.
public enum MasterEvent: Sendable, Hashable {
  /// A heartbeat was not answered, for the first time since the follower was last heard, or at all.
  case unanswered(follower: Int, reason: String)
  /// A follower was silent for too long, or is back.
  case stateChanged(follower: Int, from: FollowerState, to: FollowerState)
  /// A follower answered for the first time, or as another process than before.
  case followerMet(follower: Int, identity: NodeIdentity, match: Offset)
  /// A follower's log was found to be the same as the master's up to `match` and no further; its own ended at `end`.
  case commonPrefixFound(follower: Int, match: Offset, end: Offset)
  /// A follower that answers gets no entries for this reason, or gets them again (nil).
  case problemChanged(follower: Int, FollowerProblem?)
  /// A batch was answered; `match` is what the follower holds now.
  case acknowledged(follower: Int, entries: Delivery.Entries, match: Offset, roundTrip: Interval)
  /// A batch arrived before the entries that precede it.
  case arrivedEarly(follower: Int, entries: Delivery.Entries, match: Offset)
  /// A batch failed and will be sent again after a pause.
  case failed(follower: Int, entries: Delivery.Entries, attempt: Int, pause: Interval, reason: String)
  /// An answer given by an earlier process of the follower was dropped.
  case staleAnswerDropped(follower: Int, identity: NodeIdentity)
  /// A follower that has promised itself to another mastership refused this one.
  case refused(follower: Int, promise: Mastership)
  /// Two followers in the list are one node: it counts once.
  case sameNode(follower: Int, other: Int, node: NodeID)
  /// The master's own log can't be read.
  case unreadable(LogReadError)
  /// The master takes no messages any more, or takes them again (nil).
  case readOnlyChanged(ReadOnlyReason?)
}
