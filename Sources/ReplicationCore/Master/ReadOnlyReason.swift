/// Why a master takes no messages.
public enum ReadOnlyReason: Sendable, Hashable {
  /// Fewer nodes than the configured quorum are there.
  case quorum(needed: Int, present: Int, nodes: Int)
  /// A follower follows a later master.
  case deposed(follower: Int, promise: Mastership)
  /// A follower's entry at `offset` is not the master's, and the follower knows it to be acknowledged.
  case diverged(follower: Int, offset: Offset)
  /// The master may not go on with the log that it has while this follower holds another one: `replog recover` is
  /// needed.
  case recoverNeeded(follower: Int, reason: RecoverReason)
  /// The master's own log takes no entries, or can't be read.
  case storage(LogTrouble)

  /// Several can hold at once; the one with the lowest number is told: first what only a person can end and what
  /// forbids to write anything, then what ends by itself.
  var rank: Int {
    switch self {
    case .deposed: 0
    // What a damaged log lacks makes it differ from the followers' logs: the cause is told, not what follows from it.
    case .storage(.damaged): 1
    case .recoverNeeded: 2
    case .diverged: 3
    case .storage: 4
    case .quorum: 5
    }
  }

  /// Whether it is news to people who know of `other`: numbers that change while a reason lasts are not.
  func isSameKind(as other: ReadOnlyReason?) -> Bool {
    switch (self, other) {
    case (.storage(let mine), .storage(let others)): mine == others
    case (.diverged(let mine, _), .diverged(let others, _)): mine == others
    default: rank == other?.rank
    }
  }
}

/// What a starting master found that it must not overwrite.
public enum RecoverReason: Sendable, Hashable {
  /// The master's folder is empty, and a follower holds a log.
  case wiped
  /// A follower holds another log than the master.
  case foreign
  /// The logs differ at or below `offset`, and the follower knows its entry there to be acknowledged.
  case diverged(offset: Offset)
}
