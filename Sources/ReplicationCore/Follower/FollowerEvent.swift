/// Something that people who watch replication want to read about. Decides nothing.
public enum FollowerEvent: Sendable, Hashable {
  /// The follower follows a master, for the first time or a later one than before.
  case promised(Mastership, masterURL: String)
  /// The entries of an older epoch were dropped rather than mixed with another history.
  case olderEpochDropped(entries: UInt64, lastEpoch: Epoch)
  /// Entries that a person had put here by hand were set aside at the first contact with a master.
  case injectedSetAside(entries: UInt64)
  /// A request of an older mastership was refused.
  case refused(Mastership, promise: Mastership)
  /// Entries were stored; `last` is the new end.
  case stored(first: Offset, last: Offset)
  /// Entries arrived before those that precede them.
  case held(first: Offset, last: Offset, missing: Offset)
  /// There was no room to keep entries that arrived early.
  case gapBufferFull(first: Offset, last: Offset)
  /// The entry before the first one is of another epoch than the master says.
  case mismatch(previous: Offset, epoch: Epoch, expected: Epoch)
}
