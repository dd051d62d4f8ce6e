internal import Locking
internal import ReplicationCore

/// Threads and the end.
extension DiskLog {
  /// How long the storage thread waits before it tries to end a trouble again, in seconds.
  private static let retrySeconds = 1.0

  struct Threads {
    var running: [JoinableThread] = []
    var isStopping = false
  }

  /// Starts the storage thread, and the one that checks the segments that nobody reads. To be called once; without it,
  /// somebody must call `commitOnce`.
  /// - Throws: `StorageError.file` if the system has no thread left.
  public func start() throws(StorageError) {
    do throws(FileError) {
      let storage = try JoinableThread { [self] in commitUntilStopped() }
      threads.withLock { $0.running.append(storage) }
      state.withLock { $0.hasThread = true }
      guard options.checkBytesPerSecond > 0 else { return }
      let check = try JoinableThread { [self] in checkSlowly() }
      threads.withLock { $0.running.append(check) }
    } catch {
      throw .file(error)
    }
  }

  /// Commits what is pending, says durably how far the log is, and ends the threads. Then nothing more can be appended, and
  /// reading goes on to work. Any number of times; not from the observer.
  public func close() {
    let running = threads.withLock { threads in
      threads.isStopping = true
      defer { threads.running = [] }
      return threads.running
    }
    bell.ring()
    checkBell.ring()
    for thread in running { thread.join() }
    files.withLock { files in
      guard !files.isClosed else { return }
      while state.withLock({ $0.pendingBytes > 0 || $0.failure != nil }), step(&files) {}
      finish(&files)
      files.isClosed = true
      state.withLock { $0.isClosed = true }
    }
    tell()
  }

  private func finish(_ files: inout Files) {
    let (last, isSound) = state.withLock { ($0.spans.last, $0.failure == nil && $0.damage == nil) }
    if isSound {
      // `never`: from now on the mark says that all of it is there.
      let isSynced = options.sync == .always || last == nil || (try? last?.segment.file.sync()) != nil
      if isSynced { writeMark(&files, isSynced: true) }
    }
    files.mark.close()
  }

  var isStopping: Bool { threads.withLock(\.isStopping) }

  private func commitUntilStopped() {
    ThreadScheduling.gatherBeforeRunning()
    while !isStopping {
      while commitOnce(), !isStopping {}
      bell.wait(atMost: trouble == nil ? nil : Self.retrySeconds)
    }
  }
}
