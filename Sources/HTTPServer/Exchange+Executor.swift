import Locking

/// An exchange runs its own handler's jobs, on the thread that brings them: no hand-over to a pool, and the answer is
/// queued by the very thread that resumed the handler.
extension Exchange: TaskExecutor {
  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let isOurs = state.withLock { state in
      if state.line.occupy() { return true }
      state.line.add(job)
      return false
    }
    guard isOurs else { return }
    // The runtime holds no reference for this call, and the handler's last job may drop all others.
    keepingAlive(self) {
      job.runSynchronously(on: asUnownedTaskExecutor())
      runLine()
    }
  }

  /// Runs the jobs that came while this thread had the line, and frees it.
  func runLine() {
    while let job = state.withLock({ $0.line.next() }) {
      job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }

  /// Tells the handler that nobody waits for its answer any more.
  func cancel(_ work: Work) {
    switch work {
    case .task(let task): cancel(task)
    case .answer(let onHangUp): onHangUp()
    }
  }

  /// Cancels the task; jobs that this brings run after it, see `JobLine`.
  private func cancel(_ task: Task<Void, Never>) {
    let isOurs = state.withLock { $0.line.occupy() }
    task.cancel()
    if isOurs { runLine() }
  }
}
