import Locking
public import ReplicationCore

/// A log in memory: gone with the process, durable when `sync` is called. Any thread may call it.
public final class MemoryLog: Log {
  private struct State {
    var tail = Tail(after: LogPoint(beginning: .none))
    var durable = LogPoint(beginning: .none)
    var generation: UInt64 = 0
    var identity = LogIdentity.none
    var commitKnown = Offset.zero
    var observer: (@Sendable () -> Void)?
  }

  private let state = Locked(State())

  /// An empty log that belongs to nobody.
  public init() {}

  /// Where the log stands.
  public var end: LogEnd {
    state.withLock { LogEnd(lastPoint: $0.tail.last, durablePoint: $0.durable, generation: $0.generation) }
  }

  /// Which log it is and whom its node follows.
  public var identity: LogIdentity { state.withLock(\.identity) }

  /// The highest offset that is known to be acknowledged.
  public var commitKnown: Offset { state.withLock(\.commitKnown) }

  /// Memory has none.
  public var trouble: LogTrouble? { nil }

  /// Names what `sync` tells: it does so before it returns, on the calling thread.
  public func observe(_ observer: @escaping @Sendable () -> Void) {
    state.withLock { $0.observer = observer }
  }

  /// Takes another identity. Traps if that names another log while there are entries.
  public func setIdentity(_ identity: LogIdentity) {
    state.withLock { state in
      if identity.log != state.identity.log {
        precondition(state.tail.last.offset == .zero, "log \(state.identity.log) with entries becomes \(identity.log)")
        state.durable = LogPoint(beginning: identity.log)
        state.tail = Tail(after: state.durable)
        state.commitKnown = .zero
      }
      state.identity = identity
    }
  }

  /// Notes what is known to be acknowledged; never falls.
  public func noteCommit(_ offset: Offset) {
    state.withLock { $0.commitKnown = max($0.commitKnown, offset) }
  }

  /// Appends one entry after the last.
  public func append(_ content: Entry.Content, epoch: Epoch, time: UInt64) -> Offset {
    state.withLock { $0.tail.append(content, epoch: epoch, time: time) }
  }

  /// Appends a message without a key.
  public func append(payload: [UInt8], epoch: Epoch, time: UInt64) -> Offset {
    append(Entry.Content(message: payload), epoch: epoch, time: time)
  }

  /// Appends entries as they are.
  public func append(_ run: EntryRun) {
    state.withLock { $0.tail.append(run) }
  }

  /// In memory, durable is what is there.
  public func sync() {
    let observer = state.withLock { state in
      state.durable = state.tail.last
      return state.observer
    }
    observer?()
  }

  /// Takes out every entry after `offset`.
  public func cut(after offset: Offset) {
    state.withLock { state in
      guard offset < state.tail.last.offset, let point = state.tail.point(at: offset) else { return }
      state.tail.cut(after: point)
      if state.durable.offset > offset { state.durable = point }
      state.generation += 1
    }
  }

  /// The point of the entry at `offset`.
  public func point(at offset: Offset) -> LogPoint? {
    state.withLock { $0.tail.point(at: offset) }
  }

  /// The list of the entry at `offset`; nil if it stands alone, or beyond the last.
  public func list(at offset: Offset) -> ClosedRange<Offset>? {
    state.withLock { $0.tail.list(at: offset) }
  }

  /// How far a run from `first` may go: to the end of a chunk at the most.
  public func runEnd(from first: Offset, bytesMax: Int, entriesMax: Int) -> (last: Offset, bytes: Int)? {
    state.withLock { $0.tail.runEnd(from: first, bytesMax: bytesMax, entriesMax: entriesMax) }
  }

  /// The entries from `first` to `last`.
  public func read(from first: Offset, through last: Offset, generation: UInt64) throws(LogReadError) -> EntryRun {
    let run = state.withLock { $0.generation == generation ? $0.tail.read(from: first, through: last) : nil }
    guard let run else { throw .reset }
    return run
  }
}
