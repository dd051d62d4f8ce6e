import LogStorage
import ReplicationCore

/// A log whose syncs end when the simulation says so: what a disk does, without one.
///
/// Sendable because the protocol asks for it; a simulation and its logs live on one thread.
final class LaggingLog: Log, @unchecked Sendable {
  /// A sync that was asked for and has not ended.
  struct Sync {
    let last: Offset
    let generation: UInt64
  }

  private let entries = MemoryLog()
  private var durable = Offset.zero
  private var observer: (@Sendable (Offset) -> Void)?
  private var asked: Sync?

  var end: LogEnd {
    let end = entries.end
    return LogEnd(last: end.last, durable: durable, generation: end.generation)
  }

  func observeDurable(_ observer: @escaping @Sendable (Offset) -> Void) {
    self.observer = observer
  }

  func append(payload: [UInt8], epoch: Epoch, time: UInt64) -> Offset {
    entries.append(payload: payload, epoch: epoch, time: time)
  }

  func append(_ run: EntryRun) {
    entries.append(run)
  }

  func sync() {
    asked = Sync(last: entries.end.last, generation: entries.end.generation)
  }

  /// The sync that was asked for last, once.
  func takeSync() -> Sync? {
    defer { asked = nil }
    return asked
  }

  /// A sync ends, unless the log was emptied meanwhile.
  func finish(_ sync: Sync) {
    guard sync.generation == entries.end.generation, sync.last > durable else { return }
    durable = sync.last
    observer?(durable)
  }

  func removeAll() {
    entries.removeAll()
    durable = .zero
    asked = nil
  }

  func epoch(at offset: Offset) -> Epoch? { entries.epoch(at: offset) }

  func runEnd(from first: Offset, bytesMax: Int, entriesMax: Int) -> (last: Offset, bytes: Int)? {
    entries.runEnd(from: first, bytesMax: bytesMax, entriesMax: entriesMax)
  }

  func read(from first: Offset, through last: Offset, generation: UInt64) throws(LogWasReset) -> EntryRun {
    try entries.read(from: first, through: last, generation: generation)
  }
}
