import ReplicationCore

/// What the core told of, without its particulars: a summary counts each.
public enum Happening: String, CaseIterable, Sendable, Hashable {
  // The master's.
  case unanswered, stateChanged, followerMet, acknowledged, arrivedEarly, failed, staleAnswerDropped, refusedByFollower,
    sameNode
  case readOnlyByQuorum, readOnlyByDeposition, writableAgain
  // A follower's.
  case promised, olderEpochDropped, injectedSetAside, refused, stored, held, gapBufferFull
  // Seen from outside.
  case released, waiterLimitReached, answeredInjection

  init(_ event: MasterEvent) {
    self =
      switch event {
      case .unanswered: .unanswered
      case .stateChanged: .stateChanged
      case .followerMet: .followerMet
      case .acknowledged: .acknowledged
      case .arrivedEarly: .arrivedEarly
      case .failed: .failed
      case .staleAnswerDropped: .staleAnswerDropped
      case .refused: .refusedByFollower
      case .sameNode: .sameNode
      case .readOnlyChanged(.some(.quorum)): .readOnlyByQuorum
      case .readOnlyChanged(.some(.deposed)): .readOnlyByDeposition
      case .readOnlyChanged(nil): .writableAgain
      }
  }

  /// - Returns: nil for a mismatch, which no fault of the simulation may lead to.
  init?(_ event: FollowerEvent) {
    switch event {
    case .promised: self = .promised
    case .olderEpochDropped: self = .olderEpochDropped
    case .injectedSetAside: self = .injectedSetAside
    case .refused: self = .refused
    case .stored: self = .stored
    case .held: self = .held
    case .gapBufferFull: self = .gapBufferFull
    case .mismatch: return nil
    }
  }
}
