import Locking
import LogStorage
import ReplicationCore

/// A log in memory whose syncs end when the test says so: what a disk does.
final class HeldLog: Log {
  private struct State {
    var isHeld = true
    var asked = Offset.zero
    var durable = Offset.zero
    var observer: (@Sendable (Offset) -> Void)?
  }

  private let entries = MemoryLog()
  private let state = Locked(State())

  /// Everything that a sync was asked for becomes durable now.
  func finishSync() {
    report(state.withLock { $0.asked })
  }

  /// Syncs end at once from now on.
  func letGo() {
    state.withLock { $0.isHeld = false }
    finishSync()
  }

  /// Tells the observer of a durable offset, also of one that is older than what it was told before.
  func report(_ offset: Offset) {
    let observer = state.withLock { state in
      state.durable = max(state.durable, offset)
      return state.observer
    }
    observer?(offset)
  }

  var end: LogEnd {
    state.withLock { state in
      let end = entries.end
      return LogEnd(last: end.last, durable: min(state.durable, end.last), generation: end.generation)
    }
  }

  func observeDurable(_ observer: @escaping @Sendable (Offset) -> Void) {
    state.withLock { $0.observer = observer }
  }

  func append(payload: [UInt8], epoch: Epoch, time: UInt64) -> Offset {
    entries.append(payload: payload, epoch: epoch, time: time)
  }

  func append(_ run: EntryRun) {
    entries.append(run)
  }

  func sync() {
    let isHeld = state.withLock { state in
      state.asked = entries.end.last
      return state.isHeld
    }
    if !isHeld { finishSync() }
  }

  func removeAll() {
    state.withLock { state in
      entries.removeAll()
      state.asked = .zero
      state.durable = .zero
    }
  }

  func epoch(at offset: Offset) -> Epoch? { entries.epoch(at: offset) }

  func runEnd(from first: Offset, bytesMax: Int, entriesMax: Int) -> (last: Offset, bytes: Int)? {
    entries.runEnd(from: first, bytesMax: bytesMax, entriesMax: entriesMax)
  }

  func read(from first: Offset, through last: Offset, generation: UInt64) throws(LogWasReset) -> EntryRun {
    try entries.read(from: first, through: last, generation: generation)
  }
}
