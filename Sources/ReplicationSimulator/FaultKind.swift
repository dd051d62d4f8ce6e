/// What goes wrong in a simulation. A summary counts each, so that a simulator that has gone blind is noticed.
public enum FaultKind: String, CaseIterable, Sendable, Hashable {
  /// A request never arrives; the master's time-out ends it.
  case requestDropped
  /// A request arrives twice, as libcurl re-sends one whose kept connection had died.
  case requestDuplicated
  /// A request arrives after one that left later.
  case requestReordered
  /// An answer is lost after the entries were stored.
  case answerLost
  /// An answer takes far longer than others.
  case answerLate
  /// An answer that an earlier process gave arrives after one of the process that followed it.
  case answerOfEarlierProcess
  /// 500 before anything was stored.
  case failedBeforeStoring
  /// 500 though everything was stored.
  case failedAfterStoring
  /// Nothing gets through to one follower, or back.
  case partition
  /// A follower is stopped and continued; what came meanwhile is handled then.
  case pause
  /// A follower is killed and starts anew with what was written.
  case crash
  /// A follower's machine loses power and starts anew with what was durable, and with some of what was not.
  case powerLoss
  /// All machines lose power at once.
  case powerLossOfAll
  /// A machine dies in the middle of what it does to its disk.
  case diedMidway
  /// Two URLs of the list lead to one node.
  case sharedNode
  /// Two URLs lead to each other's follower for a while.
  case urlsSwapped
  /// The master is killed, or its machine loses power, and it starts anew.
  case masterCrash
  /// A master starts on an older copy of the master's disk; the other one goes on, or is gone.
  case masterRestored
  /// A request of a master that is dead or replaced arrives.
  case requestOfOldMaster
  /// A client hangs up while it waits.
  case clientGone
  /// A person puts an entry on a follower by hand.
  case injected
  /// Each sync of a machine takes long.
  case slowSync
  /// Writes, syncs and changes of names fail on one machine, some or all.
  case diskFailing
  /// There is no space on one machine.
  case diskFull
  /// Something rots on a follower's disk, and is found when it is read.
  case rot
  /// Something rots on the master's disk.
  case masterRot
  /// A follower's disk is replaced by an empty one.
  case followerWiped
  /// The master's disk is replaced by an empty one.
  case masterWiped
  /// A question of a starting master, or its answer, is lost.
  case fetchLost
}
