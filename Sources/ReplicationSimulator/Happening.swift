import ReplicationCore

/// What the core told of, without its particulars: a summary counts each.
public enum Happening: String, CaseIterable, Sendable, Hashable {
  // The master's.
  case unanswered, stateChanged, followerMet, commonPrefixFound, acknowledged, arrivedEarly, failed, staleAnswerDropped,
    refusedByFollower, sameNode, unreadable
  case problemForeign, problemDiverged, problemStorage, problemOver
  case readOnlyByQuorum, readOnlyByDeposition, readOnlyByDivergence, readOnlyUntilRecovery, readOnlyByStorage,
    writableAgain
  // A follower's.
  case promised, injectedSetAside, refused, foreignLog, stored, held, gapBufferFull, mismatch, tailSetAside,
    divergedBelowCommit, storageRefused, followerUnreadable, damageCut
  // A start's, and a disk's.
  case logBegun, logContinued, tailCopiedBack, unfinishedListCut, startFailed, tornTailCut, openFailed, damageAtStart,
    damageWhileRunning
  // A person's.
  case recovered, ownRestKept, wipedByHand
  // Seen from outside.
  case released, timedOut, waiterLimitReached, answeredInjection, addRefused, answerWithoutStoring
  case promiseVoidByLostDisks, promiseVoidByRival, promiseVoidUnheard

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
      case .commonPrefixFound: .commonPrefixFound
      case .unreadable: .unreadable
      case .problemChanged(_, .some(.foreign)): .problemForeign
      case .problemChanged(_, .some(.diverged)): .problemDiverged
      case .problemChanged(_, .some(.storage)): .problemStorage
      case .problemChanged(_, nil): .problemOver
      case .readOnlyChanged(.some(.quorum)): .readOnlyByQuorum
      case .readOnlyChanged(.some(.deposed)): .readOnlyByDeposition
      case .readOnlyChanged(.some(.diverged)): .readOnlyByDivergence
      case .readOnlyChanged(.some(.recoverNeeded)): .readOnlyUntilRecovery
      case .readOnlyChanged(.some(.storage)): .readOnlyByStorage
      case .readOnlyChanged(nil): .writableAgain
      }
  }

  init(_ event: FollowerEvent) {
    self =
      switch event {
      case .promised: .promised
      case .injectedSetAside: .injectedSetAside
      case .refused: .refused
      case .foreignLog: .foreignLog
      case .stored: .stored
      case .held: .held
      case .gapBufferFull: .gapBufferFull
      case .mismatch: .mismatch
      case .tailSetAside: .tailSetAside
      case .divergedBelowCommit: .divergedBelowCommit
      case .storageRefused: .storageRefused
      case .unreadable: .followerUnreadable
      case .damageCut: .damageCut
      }
  }

  init(_ void: Promises.Void) {
    self =
      switch void {
      case .disksLost: .promiseVoidByLostDisks
      case .rivalMaster: .promiseVoidByRival
      case .holdersUnheard: .promiseVoidUnheard
      }
  }
}
