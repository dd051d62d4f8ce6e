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
    /// Whether the attendant already wakes up regularly to look at those that wait.
    fileprivate(set) var isWatched = false
    /// When a stop's grace is over.
    fileprivate(set) var graceEnd: ContinuousClock.Instant?
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

  /// Enters an exchange whose connection was suspended; nil when nobody may wait any more.
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

  /// Its connection was resumed: the exchange waits no more.
  func leave(_ place: WaitingList.Place) {
    let wakes = state.withLock { state in
      state.waiting.leave(place)
      return state.waiting.count == 0 && state.phase != .serving
    }
    if wakes { waker.wake() }
  }

  /// Those that wait now. When there are none the attendant may sleep until the next one wakes it.
  func watched() -> [Exchange] {
    state.withLock { state in
      if state.waiting.count == 0 { state.isWatched = false }
      return state.waiting.exchanges
    }
  }

  /// Begins a stop, or brings the end of its grace forward; `caller` is resumed when all is over.
  func requestStop(graceEnd: ContinuousClock.Instant, caller: CheckedContinuation<Void, Never>) {
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
      state.phase = .stopped
      defer { state.stopCallers = [] }
      return state.stopCallers
    }
    for caller in callers { caller.resume() }
  }
}
