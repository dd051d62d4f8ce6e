internal import Locking
public import ReplicationCore

/// A log on disk: segment files in one folder, written by one thread, one write and one sync for all that waited.
///
/// `append` only encodes into memory, against space that was reserved before. A storage thread writes and syncs what is
/// pending (`commitOnce`). When that fails, nothing of what was not durable is believed to be on the disk: the log takes no
/// more, and begins another segment with all that is pending as soon as the disk lets it.
///
/// Any thread may call it, as `Log` says. Two locks, always taken in this order:
/// 1. `files`, held while files are written, synced, renamed: by a commit, `cut`, `setIdentity`, `close`;
/// 2. `state`, held for moments, by everybody.
/// The observer is called under neither.
public final class DiskLog: Log {
  let fileSystem: any FileSystem
  /// How it is used.
  public let options: DiskLogOptions
  let state: Locked<State>
  let files: Locked<Files>
  /// Wakes the storage thread.
  let bell = Bell()
  /// Ends the pauses of the thread that checks.
  let checkBell = Bell()
  let threads = Locked(Threads())

  /// Which node this is: made when its folder was opened for the first time.
  public let node: NodeID
  /// What was found when the log was opened.
  public let recovery: RecoveryReport

  /// What only the holder of the first lock uses.
  struct Files {
    let mark: DurableMarkFile
    /// Of the node record on the disk, or of one that could not be written.
    var recordGeneration: UInt64
    /// Where zeros end that were written ahead into the last segment.
    var zeroEnd = 0
    /// The size of the last segment at which another one is tried again, after there was no space for it.
    var rollAgainAt = 0
    /// Whether a new segment was begun after a failure, and nothing was committed to it yet.
    var isRescued = false
    /// Whether segments beyond the end are entries that were cut, to be set aside; otherwise attempts that failed.
    var isCutUnfinished = false
    /// The commit offset that the last mark tells.
    var commitWritten = Offset.zero
    var isClosed = false
  }

  init(
    _ fileSystem: any FileSystem, _ options: DiskLogOptions, node: NodeID, recovery: RecoveryReport,
    _ state: sending State, _ files: sending Files
  ) {
    self.fileSystem = fileSystem
    self.options = options
    self.node = node
    self.recovery = recovery
    self.state = Locked(state)
    self.files = Locked(files)
  }

  /// Where the log stands.
  public var end: LogEnd { state.withLock(\.end) }

  /// Which log it is and whom its node follows.
  public var identity: LogIdentity { state.withLock(\.identity) }

  /// The highest offset that is known to be acknowledged. It is written whenever something was synced.
  public var commitKnown: Offset { state.withLock(\.commitKnown) }

  /// What is wrong; damage before failure before a full disk.
  public var trouble: LogTrouble? { state.withLock(\.trouble) }

  /// What was written since the log was opened.
  public var counts: LogCounts { state.withLock(\.counts) }

  /// Names what is told: by the thread that commits, with no lock held.
  public func observe(_ observer: @escaping @Sendable () -> Void) {
    state.withLock { $0.observer = observer }
  }

  /// Notes what is known to be acknowledged. It is written with the next commit, or at once if there is nothing to commit; where
  /// nothing is synced, when a segment ends or the log is closed.
  public func noteCommit(_ offset: Offset) {
    let isAlone = state.withLock { state in
      guard offset > state.commitKnown else { return false }
      state.commitKnown = offset
      return state.pendingBytes == 0
    }
    if isAlone, options.sync == .always { bell.ring() }
  }

  /// Appends one entry after the last.
  public func append(_ content: Entry.Content, epoch: Epoch, time: UInt64) throws(LogRefusal) -> Offset {
    try appending(bytes: content.encodedBytes) { tail in
      tail.append(content, epoch: epoch, time: time)
    }
  }

  /// Appends entries as they are.
  public func append(_ run: EntryRun) throws(LogRefusal) {
    try appending(bytes: run.bytes.count) { tail in tail.append(run) }
  }

  private func appending<Result>(
    bytes: Int, _ append: (inout Tail) -> Result
  ) throws(LogRefusal) -> Result {
    do throws(LogRefusal) {
      return try state.withLock { state throws(LogRefusal) in
        try state.makeRoom(for: bytes, options)
        state.pendingBytes += bytes
        return append(&state.tail)
      }
    } catch {
      // The observer is told by a commit, not in an append.
      if case .busy = error {} else { bell.ring() }
      throw error
    }
  }

  /// Asks the storage thread to commit. Where nothing is synced, what is pending is written here and now, if that takes no more
  /// than a write: waking a thread costs more. The observer is then told on the calling thread.
  public func sync() {
    if options.sync == .never, writeAtOnce() { return }
    bell.ring()
  }

  /// Tells the observer, if there is something new. To be called with no lock held.
  func tell() {
    let observer = state.withLock { state in
      defer { state.isUntold = false }
      return state.isUntold ? state.observer : nil
    }
    observer?()
  }
}
