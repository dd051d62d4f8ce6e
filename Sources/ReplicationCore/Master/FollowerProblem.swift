/// Why a follower that answers gets no entries, and counts as missing.
public enum FollowerProblem: Sendable, Hashable {
  /// It holds entries of another log, `own`.
  case foreign(own: LogID)
  /// Its entry at `offset` is not the master's, and it knows it to be acknowledged. Only a person can say which is
  /// right.
  case diverged(offset: Offset)
  /// It can't store: its disk is full or fails, or its log is damaged. It ends by itself.
  case storage
}
