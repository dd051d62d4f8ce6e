import ReplicationCore

/// What clients were promised, and whether it is kept.
///
/// The promise: an entry that was acknowledged with write concern w is in the log of every master that begins to take
/// messages later, at its offset, and in the end in the logs of all nodes. It survives any crash of any processes and the
/// loss of power on all nodes at once, and the loss of any w - 1 disks after the client's request came: by copying where a
/// follower's disk was lost, by `replog recover`, with all followers asked, where the master's was. A disk counts as lost
/// when it is wiped, replaced by an older copy or by a recovered log, or when something on it rots; one on which something
/// has rotted unseen when the request comes counts as lost after it, since what is written behind the rot goes with it.
///
/// The promise does not cover, and each case is counted:
/// * an entry of which the last whole copy is lost with at least w disks;
/// * what a master acknowledges while another one is there too, on another disk, that started later or is still asking its
///   followers: nothing stops the one before a follower has met the other;
/// * an entry that a master on a wiped, older or recovered disk lacks, when no follower that holds it answered before that
///   master began: it can't know of it. A crash alone is no such case.
struct Promises {
  static let copies = "an entry that was acknowledged with w is lost with no fewer than w disks"
  static let kept = "a master that begins has every entry that was acknowledged and that it could hear of"
  static let final = "in the end every log has every acknowledged entry whose promise applies, at its offset"

  enum Void: String, CaseIterable, Sendable {
    case disksLost, rivalMaster, holdersUnheard
  }

  struct Acknowledged {
    let point: LogPoint
    let writeConcern: Int
    /// How many disks had been lost when the request came.
    let lossesBefore: Int
    var void: Void?
  }

  private(set) var entries: [Acknowledged] = []
  /// How many disks were lost so far.
  private(set) var losses = 0

  var applying: some Sequence<Acknowledged> { entries.lazy.filter { $0.void == nil } }

  /// A client was answered.
  mutating func acknowledged(_ point: LogPoint, writeConcern: Int, lossesBefore: Int, hasRival: Bool) {
    entries.append(
      Acknowledged(
        point: point, writeConcern: writeConcern, lossesBefore: lossesBefore, void: hasRival ? .rivalMaster : nil))
  }

  /// A disk was lost; `machines` are those that there are now.
  /// - Returns: an entry that is lost although it must not be.
  mutating func diskLost(_ machines: [Machine]) -> Acknowledged? {
    losses += 1
    for index in entries.indices where entries[index].void == nil {
      let entry = entries[index]
      if machines.contains(where: { $0.holds(entry.point) }) { continue }
      guard losses - entry.lossesBefore >= entry.writeConcern else { return entry }
      entries[index].void = .disksLost
    }
    return nil
  }

  /// What was written behind rot that nobody had seen may have gone with it, though it was acknowledged later.
  mutating func rotCameToLight(_ machines: [Machine]) {
    for index in entries.indices where entries[index].void == nil {
      let entry = entries[index]
      guard losses - entry.lossesBefore >= entry.writeConcern else { continue }
      if !machines.contains(where: { $0.holds(entry.point) }) { entries[index].void = .disksLost }
    }
  }

  /// A master begins to take messages.
  /// - Parameters:
  ///   - chain: what it holds.
  ///   - mayLack: whether its disk is not the one on which it all was.
  ///   - heard: the machines whose followers it has heard, and where each ended when it answered.
  /// - Returns: an entry that it lacks and should have.
  mutating func begins(_ chain: [LogPoint], mayLack: Bool, heard: [(machine: Machine, end: Offset)]) -> Acknowledged? {
    for index in entries.indices where entries[index].void == nil {
      let entry = entries[index]
      if chain.point(at: entry.point.offset) == entry.point { continue }
      guard mayLack, !heard.contains(where: { entry.point.offset <= $0.end && $0.machine.holds(entry.point) }) else {
        return entry
      }
      entries[index].void = .holdersUnheard
    }
    return nil
  }

  var voids: [Void: Int] {
    entries.reduce(into: [:]) { counts, entry in if let void = entry.void { counts[void, default: 0] += 1 } }
  }
}
