import JSON
import LogStorage
import ReplicationCore

/// Which failures a message survives as things are now: only what is certain from what the master knows.
///
/// The log goes on after a failure from the master's own copy. So the crash of all nodes and the loss of power everywhere are
/// survived if that copy is written, or synced: no follower has to answer the next start in time. Where the master's disk is
/// lost too, any other copy is enough: a master with an empty folder overwrites nothing, and `replog recover` copies the
/// longest log back. So of n copies any n - 1 may be lost.
struct Survival: Hashable {
  /// How the master keeps its own copy.
  enum Storage: Hashable {
    case memory
    /// In the system's page cache at least.
    case written
    case synced

    init(_ log: any Log) {
      self =
        switch (log as? DiskLog)?.options.sync {
        case .always: .synced
        case .never: .written
        case nil: .memory
        }
    }
  }

  /// All processes are killed at once.
  let crashOfAllNodes: Bool
  /// The power fails on all machines at once.
  let powerLoss: Bool
  /// Of how many nodes the disks may be lost, whichever nodes these are.
  let lostDisks: Int
  /// The same in words, and why it isn't more.
  let text: String

  /// - Parameters:
  ///   - copies: who holds the message.
  ///   - storage: the master's.
  ///   - readOnly: why the master takes no messages; nil when it does.
  ///   - hasBegun: whether the master has its epoch; before that nobody knows with which log it goes on.
  ///   - urls: the followers'.
  init(
    _ copies: [Master.Copy], storage: Storage, readOnly: ReadOnlyReason?, hasBegun: Bool = true, urls: [String]
  ) {
    let unknown =
      hasBegun
      ? Self.reasonForNothing(copies, storage, readOnly)
      : "Nothing is certain before this master has begun: its disk doesn't take the epoch."
    let others = copies.count { $0.follower != nil && $0.certainty == .certain }
    crashOfAllNodes = unknown == nil
    powerLoss = unknown == nil && storage == .synced
    lostDisks = unknown == nil ? others : 0
    let unsure = copies.filter { $0.certainty == .unsure }.compactMap { $0.follower.map { urls[$0] } }
    text = unknown ?? Self.text(storage, others: others, unsure: unsure)
  }

  /// Why nothing is certain; nil in the good case.
  private static func reasonForNothing(
    _ copies: [Master.Copy], _ storage: Storage, _ readOnly: ReadOnlyReason?
  ) -> String? {
    switch readOnly {
    case .deposed:
      return "Nothing is certain: a later master was started, and its log may go on without this message; ask there."
    case .recoverNeeded, .diverged, .storage(.damaged):
      return
        "Nothing is certain before `replog recover`: this master's log is damaged, or is not the one that its followers hold."
    case .storage, .quorum, nil: break
    }
    guard storage != .memory else { return "Nothing is certain: the master keeps its log in memory only." }
    guard copies.contains(where: { $0.follower == nil }) else {
      return "Nothing is certain yet: the master is still writing it."
    }
    return nil
  }

  private static func text(_ storage: Storage, others: Int, unsure: [String]) -> String {
    let crash = "It survives the crash of all nodes"
    let power = "the loss of power everywhere"
    let disks = "the loss of \(others == 1 ? "any one node's disk" : "the disks of any \(others) nodes")"
    let back = "`replog recover` brings the log back if the master's is lost"
    var text: String
    switch (storage == .synced, others > 0) {
    case (true, true): text = "\(crash), \(power), or \(disks): \(back)."
    case (true, false): text = "\(crash) or \(power)."
    case (false, true): text = "\(crash) or \(disks): \(back)."
    case (false, false): text = "\(crash)."
    }
    if storage != .synced {
      text += " A loss of power it may not survive: the master runs with --sync never."
    }
    if others == 0 { text += " The loss of the master's disk it doesn't: no other copy is certain." }
    if !unsure.isEmpty {
      text += " Not counted, because silent or in trouble now: \(unsure.joined(separator: ", "))."
    }
    return text
  }

  var value: JSONValue {
    .members([
      "crash_of_all_nodes": .bool(crashOfAllNodes), "power_loss": .bool(powerLoss),
      "lost_disks": .number(UInt64(lostDisks)), "text": .string(text),
    ])
  }
}
