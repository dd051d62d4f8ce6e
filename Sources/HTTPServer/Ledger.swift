import Locking
import Synchronization

/// Which exchanges are under way, which of them wait, and how far a stop has come. Any thread.
final class Ledger: Sendable {
  /// How far a stop has come. It only goes forward.
  enum Phase: Int {
    /// No stop yet.
    case serving
    /// New requests are refused, handlers may go on.
    case draining
    /// Whoever waits is answered for, and nobody may begin to wait.
    case forcing
    /// The daemon is gone.
    case stopped
  }

  struct State {
    fileprivate(set) var phase = Phase.serving
    fileprivate(set) var connections = 0
    /// Exchanges from the start of their handler to their end.
    fileprivate(set) var handling = 0
    fileprivate(set) var waiting = WaitingList()
    /// How many bodies are live.
    fileprivate(set) var live = 0
    /// The live bodies whose connection is suspended. Only the attendant takes them out.
    fileprivate var liveWaiting: [(connection: LiveConnection, until: Moment)] = []
    /// Counts the wake-ups of live bodies.
    fileprivate(set) var liveSignal: UInt64 = 0
    /// The last wake-up that the attendant carried out.
    fileprivate var liveSignalDone: UInt64 = 0
    /// Whether the attendant already wakes up regularly to look at those that wait.
    fileprivate(set) var isWatched = false
    /// When a stop's grace is over.
    fileprivate(set) var graceEnd: Moment?
    fileprivate var stopCallers: [CheckedContinuation<Void, Never>] = []
  }

  let waker: Waker
  private let state = Locked(State())
  /// Whether a stop was asked for: the state's phase for those who need no more than a hint.
  private let stopping = Atomic<Bool>(false)

  init(waker: Waker) {
    self.waker = waker
  }

  var isStopping: Bool { stopping.load(ordering: .relaxed) }

  func read<Result>(_ body: (State) -> Result) -> Result {
    state.withLock { body($0) }
  }

  func connectionOpened() {
    state.withLock { $0.connections += 1 }
  }

  func connectionClosed() {
    state.withLock { $0.connections -= 1 }
  }

  /// Counts an exchange whose handler is about to start; false when it must not.
  func admit() -> Bool {
    state.withLock { state in
      guard state.phase == .serving else { return false }
      state.handling += 1
      return true
    }
  }

  /// An exchange that was admitted has ended.
  func exchangeEnded() {
    let wakes = state.withLock { state in
      state.handling -= 1
      return state.handling == 0 && state.phase != .serving
    }
    if wakes { waker.wake() }
  }

  /// Enters an exchange that is to wait; nil when nobody may wait any more.
  func enter(_ exchange: Exchange) -> WaitingList.Place? {
    let (place, wakes) = state.withLock { state -> (WaitingList.Place?, Bool) in
      guard state.phase.rawValue < Phase.forcing.rawValue else { return (nil, false) }
      let wakes = !state.isWatched
      state.isWatched = true
      return (state.waiting.enter(exchange), wakes)
    }
    if wakes { waker.wake() }
    return place
  }

  /// The exchange waits no more: it is answered, or its client has left.
  func leave(_ place: WaitingList.Place) {
    let wakes = state.withLock { state in
      state.waiting.leave(place)
      return state.waiting.count == 0 && state.phase != .serving
    }
    if wakes { waker.wake() }
  }

  /// Counts a live body; false when there are `max` already.
  func beginLive(max: Int) -> Bool {
    state.withLock { state in
      guard state.live < max else { return false }
      state.live += 1
      return true
    }
  }

  /// A live body was let go.
  func endLive() {
    state.withLock { $0.live -= 1 }
  }

  /// Enters a live body whose connection was suspended; false when it must go on at once: there was a wake-up after
  /// `signal`, or a stop.
  func enter(_ connection: LiveConnection, until: Moment, since signal: UInt64) -> Bool {
    let (isEntered, wakes) = state.withLock { state -> (Bool, Bool) in
      guard state.phase == .serving, state.liveSignal == signal else { return (false, false) }
      state.liveWaiting.append((connection, until))
      defer { state.isWatched = true }
      return (true, !state.isWatched)
    }
    if wakes { waker.wake() }
    return isEntered
  }

  /// The attendant shall resume all live bodies that wait.
  func wakeLive() {
    let wakes = state.withLock { state in
      state.liveSignal += 1
      return !state.liveWaiting.isEmpty
    }
    if wakes { waker.wake() }
  }

  /// Takes out the live bodies that are to be resumed because of a wake-up or a stop. The attendant only, which must
  /// resume them.
  func takeLiveToWake() -> [LiveConnection] {
    state.withLock { state in
      guard state.liveSignal != state.liveSignalDone || state.phase != .serving else { return [] }
      state.liveSignalDone = state.liveSignal
      defer { state.liveWaiting.removeAll(keepingCapacity: true) }
      return state.liveWaiting.map(\.connection)
    }
  }

  /// Takes out the live bodies that are to be resumed because their time has come or their client has left. The attendant
  /// only, which must resume them.
  func takeLiveDue(now: Moment) -> [LiveConnection] {
    state.withLock { state in
      let due = state.liveWaiting.filter { $0.connection.isClientGone || $0.until <= now }
      if !due.isEmpty { state.liveWaiting.removeAll { $0.connection.isClientGone || $0.until <= now } }
      return due.map(\.connection)
    }
  }

  /// Those that wait now. When there are none the attendant may sleep until the next one wakes it.
  func watched() -> (exchanges: [Exchange], live: [LiveConnection]) {
    state.withLock { state in
      if state.waiting.count == 0, state.liveWaiting.isEmpty { state.isWatched = false }
      return (state.waiting.exchanges, state.liveWaiting.map(\.connection))
    }
  }

  /// Begins a stop, or brings the end of its grace forward; `caller` is resumed when all is over.
  func requestStop(graceEnd: Moment, caller: CheckedContinuation<Void, Never>) {
    let isOver = state.withLock { state in
      guard state.phase != .stopped else { return true }
      if state.phase == .serving { state.phase = .draining }
      state.graceEnd = min(state.graceEnd ?? graceEnd, graceEnd)
      state.stopCallers.append(caller)
      return false
    }
    stopping.store(true, ordering: .relaxed)
    isOver ? caller.resume() : waker.wake()
  }

  /// From here on nobody begins to wait.
  func beginForcing() {
    state.withLock { $0.phase = .forcing }
  }

  /// The daemon is gone.
  func finishStop() {
    let callers = state.withLock { state in
      precondition(state.waiting.count == 0, "\(state.waiting.count) exchanges wait after the stop")
      precondition(state.liveWaiting.isEmpty, "\(state.liveWaiting.count) live bodies wait after the stop")
      state.phase = .stopped
      defer { state.stopCallers = [] }
      return state.stopCallers
    }
    for caller in callers { caller.resume() }
    // For the attendant of a server that did not start.
    waker.wake()
  }
}
