internal import Dispatch
internal import Glibc
internal import Locking
internal import Synchronization

/// The thread that libcurl runs on, as a serial executor: what is isolated to it may use the transfers.
///
/// One turn of the loop: libcurl does what can be done, ended transfers are handed out, jobs are run, the turn's body is
/// called, libcurl sees what was started, and the loop sleeps until a connection, a wake-up or a time asks for more. It
/// has no period of its own. A guest (``LoopGuest``) has its turn before the turn's body.
///
/// **After the end** the thread is gone, yet jobs may still come: a task that waited for a transfer goes on, an actor that
/// shares this executor is called. They are run one after another on a thread of Dispatch that lasts as long as there are
/// some. So no job is lost, and what is isolated stays isolated; transfers started then end with ``ClientError/Kind/stopped``.
///
/// `@unchecked Sendable`: the members that are no constants are touched by one thread at a time, the one in `owner`; so is
/// `transfers`.
final class CurlLoop: SerialExecutor, LoopHost, @unchecked Sendable {
  /// For the thread that runs jobs only.
  let transfers: Transfers
  /// For the thread that runs jobs only. See ``Client/onTurn(_:)``.
  var turnBody: (() -> Duration?)?

  private let state = Locked(LoopState())
  private let alarm = Alarm()
  private let stopIsAsked = Atomic(false)
  /// The thread that runs jobs, 0 for none: as a number, since pthread_t is one.
  private let owner = Atomic<pthread_t>(0)
  private var jobsTaken: [UnownedJob] = []
  private var guest: (any LoopGuest)?
  private var stage = Stage.outside
  /// Whether the guest's turn took so long that others may wait to be heard.
  private var isLate = false
  private static let longTurn = Duration.milliseconds(50)

  /// Starts the thread.
  ///
  /// - Parameter connectionsMax: how many connections are kept for reuse.
  /// - Throws: ``ClientError/Kind/other`` when libcurl or the thread does not start.
  init(connectionsMax: Int) throws(ClientError) {
    transfers = try Transfers(connectionsMax: connectionsMax)
    do throws(ClientError) {
      let thread = try CBoundary.startThread(named: "curl") { self.run() }
      state.withLock { $0.begin(thread) }
    } catch {
      transfers.close()
      throw error
    }
  }

  /// How far a turn has come.
  private enum Stage {
    case outside, beforeGuest, beforeBody
  }

  /// Makes the guest's turn come soon. Any thread; never lost; a system call only when the loop sleeps.
  func wake() {
    if owner.load(ordering: .relaxed) == pthread_self(), stage == .beforeGuest { return }
    ring()
  }

  /// Makes the turn's body be called soon. Any thread; never lost; a system call only when the loop sleeps.
  func wakeBody() {
    if owner.load(ordering: .relaxed) == pthread_self(), stage != .outside { return }
    ring()
  }

  private func ring() {
    alarm.ring { transfers.wakeUp() }
  }

  /// Gives `guest` its turns.
  func take(_ guest: any LoopGuest) {
    state.withLock { state in
      precondition(state.guestComing == nil, "a second guest")
      state.guestComing = guest
    }
    ring()
  }

  /// Tells the thread to end. Any thread, also the loop's own; does not wait.
  func stop() {
    guard let thread = state.withLock({ $0.beginStop() }) else { return }
    stopIsAsked.store(true, ordering: .releasing)
    ring()
    // Joining blocks, which a thread of the cooperative pool must not.
    DispatchQueue.global().async {
      pthread_join(thread, nil)
      let waiters = self.state.withLock { $0.threadHasEnded() }
      for waiter in waiters { waiter.resume() }
      self.drain()
    }
  }

  /// Tells the thread to end and waits until it is gone. Any thread; any number of times.
  func stopAndJoin() async {
    await withCheckedContinuation { continuation in
      let isGone = state.withLock { $0.wait(continuation) }
      if isGone { continuation.resume() } else { stop() }
    }
  }

  // MARK: SerialExecutor

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let startsDrain = state.withLock { $0.put(job) }
    if startsDrain { DispatchQueue.global().async { self.drain() } } else { ring() }
  }

  func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    UnownedSerialExecutor(ordinary: self)
  }

  /// Makes `assumeIsolated` work where no job runs: in the turn's body and in completions.
  func isIsolatingCurrentContext() -> Bool? {
    owner.load(ordering: .relaxed) == pthread_self()
  }

  /// The same question, as older runtimes and `assertIsolated` may ask it.
  func checkIsolated() {
    precondition(isIsolatingCurrentContext() == true, "not on the thread of this HTTP client")
  }

  // MARK: The thread

  private func run() {
    ThreadScheduling.gatherBeforeRunning()
    owner.store(pthread_self(), ordering: .relaxed)
    defer { owner.store(0, ordering: .relaxed) }
    while !stopIsAsked.load(ordering: .acquiring) { turn() }
    turnBody = nil
    guest = nil
    transfers.close()
    transfers.deliver()
    runJobs()
  }

  private func turn() {
    alarm.rise()
    stage = .beforeGuest
    transfers.perform()
    transfers.deliver()
    runJobs()
    stage = .beforeBody
    let guestSleep = turnOfGuest()
    stage = .outside
    if isLate { catchUp() }
    let sleepMax = turnBody?()
    // Sent now rather than after a sleep of no length.
    if transfers.hasNew { transfers.perform() }
    let milliseconds = min(guestSleep, sleepMax?.milliseconds(in: 0...Int32.max) ?? Int32.max)
    // The stop is asked for again: a ring that came between its flag and the rise above was swallowed by the rise.
    let hasWork =
      milliseconds == 0 || transfers.hasDeliveries || stopIsAsked.load(ordering: .acquiring) || !alarm.mayRest()
    transfers.sleep(milliseconds: hasWork ? 0 : milliseconds)
  }

  /// After a guest's turn that took long: what came meanwhile is taken in before the body, or libcurl's timer, judges anyone by
  /// the time.
  private func catchUp() {
    isLate = false
    transfers.sleep(milliseconds: 0)
    transfers.perform()
    transfers.deliver()
  }

  /// - Returns: for how many milliseconds at most the loop may sleep.
  private func turnOfGuest() -> Int32 {
    if guest == nil { takeGuest() }
    guard let guest else { return Int32.max }
    let begin = Moment.now
    defer { isLate = Moment.now - begin > Self.longTurn }
    switch guest.turn() {
    case .again(let milliseconds): return milliseconds ?? Int32.max
    case .ended:
      transfers.unwatch()
      self.guest = nil
      return Int32.max
    }
  }

  private func takeGuest() {
    guest = state.withLock { state in
      defer { state.guestComing = nil }
      return state.guestComing
    }
    if let guest { transfers.watch(guest.descriptor) }
  }

  private func runJobs() {
    state.withLock { $0.takeJobs(leaving: &jobsTaken) }
    for job in jobsTaken { job.runSynchronously(on: asUnownedSerialExecutor()) }
    jobsTaken.removeAll(keepingCapacity: true)
  }

  /// Runs what came after the end of the thread, until nothing is left.
  private func drain() {
    owner.store(pthread_self(), ordering: .relaxed)
    var isDone = false
    while !isDone {
      transfers.deliver()
      runJobs()
      isDone = !transfers.hasDeliveries && endDrain()
    }
  }

  private func endDrain() -> Bool {
    state.withLock { state in
      let isDone = state.endDrain()
      // Under the lock: after it another thread may drain and be the owner.
      if isDone { owner.store(0, ordering: .relaxed) }
      return isDone
    }
  }
}
