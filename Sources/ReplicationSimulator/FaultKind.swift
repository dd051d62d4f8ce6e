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
  /// A follower dies and starts anew with an empty log.
  case crash
  /// Two URLs of the list lead to one node.
  case sharedNode
  /// Two URLs lead to each other's follower for a while.
  case urlsSwapped
  /// The master dies and starts anew with an empty log and a higher epoch.
  case masterCrash
  /// Another master starts while the old one goes on.
  case masterReplaced
  /// A request of a master that is dead or replaced arrives.
  case requestOfOldMaster
  /// A master's wall clock is behind that of the one before.
  case clockBehind
  /// A client hangs up while it waits.
  case clientGone
  /// A person puts an entry on a follower by hand.
  case injected
  /// A log is durable later than it was written.
  case slowSync
}
