import LogStorage
import ReplicationCore

/// A log in memory that refuses, fails to read and reports trouble when a test says so. For one thread.
final class StubbornLog: Log, @unchecked Sendable {
  private let log = MemoryLog()
  /// What every change of the log comes to; nil when it is carried out.
  var refusal: LogRefusal?
  /// What is reported of the log as a whole.
  var reported: LogTrouble?
  /// Where the log is damaged: nothing can be read from there on. A cut before it ends the damage.
  private(set) var damage: LogDamage?
  /// How often `cut` took something out.
  private(set) var cuts = 0

  /// Breaks the entry at `offset`.
  func damage(at offset: Offset) {
    damage = LogDamage(file: "a segment", position: 0, offset: offset, reason: "the checksum is wrong")
  }

  var end: LogEnd { log.end }
  var identity: LogIdentity { log.identity }
  var commitKnown: Offset { log.commitKnown }
  var trouble: LogTrouble? { damage.map { .damaged($0) } ?? reported }

  func observe(_ observer: @escaping @Sendable () -> Void) { log.observe(observer) }

  func setIdentity(_ identity: LogIdentity) throws(LogRefusal) {
    if let refusal { throw refusal }
    log.setIdentity(identity)
  }

  func noteCommit(_ offset: Offset) { log.noteCommit(offset) }

  func append(_ content: Entry.Content, epoch: Epoch, time: UInt64) throws(LogRefusal) -> Offset {
    try change()
    return log.append(content, epoch: epoch, time: time)
  }

  func append(_ run: EntryRun) throws(LogRefusal) {
    try change()
    log.append(run)
  }

  private func change() throws(LogRefusal) {
    if let refusal { throw refusal }
    if let damage { throw .damaged(damage) }
  }

  func sync() { log.sync() }

  func cut(after offset: Offset) throws(LogRefusal) {
    if let refusal { throw refusal }
    log.cut(after: offset)
    if let damage, offset < damage.offset { self.damage = nil }
    cuts += 1
  }

  func point(at offset: Offset) throws(LogReadError) -> LogPoint? {
    try look(through: offset)
    return log.point(at: offset)
  }

  func runEnd(
    from first: Offset, bytesMax: Int, entriesMax: Int
  ) throws(LogReadError) -> (last: Offset, bytes: Int)? {
    try look(through: first)
    let whole = damage.map { Int($0.offset.distance(from: first)) } ?? entriesMax
    return log.runEnd(from: first, bytesMax: bytesMax, entriesMax: min(entriesMax, whole))
  }

  func read(from first: Offset, through last: Offset, generation: UInt64) throws(LogReadError) -> EntryRun {
    try look(through: last)
    return try log.read(from: first, through: last, generation: generation)
  }

  private func look(through offset: Offset) throws(LogReadError) {
    if let damage, offset >= damage.offset { throw .damaged(damage) }
  }
}
