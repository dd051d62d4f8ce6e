internal import Locking
public import ReplicationCore

extension DiskLog {
  /// Makes an identity durable before it returns. Waits for a commit that is under way. Traps if it names another log while
  /// there are entries.
  /// - Throws: `LogRefusal.full` or `.failing`, and then the old identity is still the valid one; after a crash it may be the
  ///   new one.
  public func setIdentity(_ identity: LogIdentity) throws(LogRefusal) {
    defer { bell.ring() }
    try files.withLock { files throws(LogRefusal) in
      guard !files.isClosed else { throw .failing("the log is closed") }
      let (old, last) = state.withLock { ($0.identity, $0.tail.last) }
      let isOtherLog = identity.log != old.log
      precondition(!isOtherLog || last.offset == .zero, "log \(old.log) with entries becomes \(identity.log)")
      do throws(FileError) {
        if isOtherLog { try forgetCommit(&files) }
        files.recordGeneration += 1
        try NodeFiles.store(
          NodeRecord(node: node, identity: identity, generation: files.recordGeneration), in: fileSystem)
      } catch {
        throw error.isFull ? .full(bytesNeeded: NodeFiles.bytes) : .failing(error.description)
      }
      state.withLock { state in
        state.identity = identity
        if isOtherLog { state.becomeEmpty() }
      }
      if isOtherLog { beginOtherLog(&files) }
    }
  }

  /// What was acknowledged in another log says nothing about this one.
  private func forgetCommit(_ files: inout Files) throws(FileError) {
    state.withLock { $0.commitKnown = .zero }
    for _ in 0..<2 { try files.mark.write(state.withLock(\.mark)) }
    try files.mark.sync()
  }

  /// The empty segment with the other log's id goes. If that fails the storage thread does it later.
  private func beginOtherLog(_ files: inout Files) {
    do throws(FileError) {
      try takeOffDisk(&files)
      try beginSegment(&files)
    } catch {
      fail(error)
    }
  }
}

extension DiskLog.State {
  /// An empty log with the id that it has now.
  fileprivate mutating func becomeEmpty() {
    durable = LogPoint(beginning: identity.log)
    tail = Tail(after: durable, pieceBytes: tail.pieceBytes)
    pendingBytes = 0
    spans = []
    generation += 1
  }
}
