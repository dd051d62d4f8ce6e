/// Something that people who watch replication want to read about. Decides nothing.
public enum FollowerEvent: Sendable, Hashable {
  /// The follower follows a master, for the first time or a later one than before.
  case promised(Mastership, masterURL: String)
  /// Entries that a person had put here by hand were set aside at the first contact with a master.
  case injectedSetAside(entries: UInt64)
  /// A request of an older mastership was refused.
  case refused(Mastership, promise: Mastership)
  /// A master of another log was turned away, since there are entries here; told once for each mastership.
  case foreignLog(own: LogID, master: LogID)
  /// Entries were stored; `last` is the new end.
  case stored(first: Offset, last: Offset)
  /// Entries arrived before those that precede them.
  case held(first: Offset, last: Offset, missing: Offset)
  /// There was no room to keep entries that arrived early.
  case gapBufferFull(first: Offset, last: Offset)
  /// The point before is another one here (`own`), or isn't here (nil): nothing was stored.
  case mismatch(previous: LogPoint, own: LogPoint?)
  /// Entries that the master of a later epoch doesn't have were taken out and set aside; `epoch` is that of the last.
  case tailSetAside(first: Offset, last: Offset, epoch: Epoch)
  /// The master's entry at `offset` is another one, and what is here is known to be acknowledged up to `commit`.
  case divergedBelowCommit(offset: Offset, commit: Offset)
  /// The log took nothing.
  case storageRefused(LogRefusal)
  /// The log could not be read.
  case unreadable(LogReadError)
  /// What is damaged and what follows was set aside, to be filled again by the master; `last` was the end.
  case damageCut(LogDamage, last: Offset)
}
