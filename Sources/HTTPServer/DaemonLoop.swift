import CMicroHTTPD
import Glibc
import Locking
import Synchronization

/// What libmicrohttpd runs in: the daemon's thread, which is one of its own or a host's.
///
/// One turn: the library does all that can be done without waiting; then the thread sleeps until a connection, a wake-up or
/// the library's next time-out asks for more. The library's own loop is not used, because it may sleep with work at hand
/// (`docs/adr/0015-the-servers-loop.md`).
///
/// Unchecked: the members that say so are the daemon's thread's.
final class DaemonLoop: LoopGuest, @unchecked Sendable {
  /// So many turns in a row may want the next one at once, while a chunked body is to come and doesn't, before the loop
  /// rests a little.
  private static let turnsMax = 8
  private static let restMilliseconds: Int32 = 5

  /// How many exchanges are held at most; further ones that wait are suspended. Each costs a call in each turn.
  static let heldMax = 256
  /// How long the loop sleeps at most while some are held: then the library always wants its next turn at once.
  private static let heldMilliseconds: Int32 = 1

  /// The exchanges that are held. The daemon's thread only.
  var held = 0
  /// Whether this turn brought something that the next one may go on with at once. The daemon's thread only.
  var hasMore = false
  /// When this turn began. The daemon's thread only.
  private(set) var turnBegin = Moment.now
  /// Requests whose body comes in with no length announced. The daemon's thread only.
  var bodiesOfUnknownLength = 0
  /// The connections. The daemon's thread only.
  var peak = ConnectionPeak()
  private var turnsWithoutSleep = 0
  /// The daemon's thread only; nil when it is closed.
  private var daemon: OpaquePointer?
  private var engine: Engine?

  private let host: (any LoopHost)?
  private let waker: Waker
  private let alarm = Alarm()
  private let stopIsAsked = Atomic<Bool>(false)
  /// Whether a connection was resumed since a turn began: it is answered in the turn after that.
  private let isResumed = Atomic<Bool>(false)

  /// - Parameter host: whose thread it runs on; nil for one of its own.
  init(host: (any LoopHost)?) throws(SystemError) {
    self.host = host
    waker = try Waker()
  }

  /// Resumes a suspended connection. Any thread; from here on the connection is the daemon's thread's. A system call only
  /// when the loop sleeps.
  func resume(_ connection: OpaquePointer) {
    MHD_resume_connection(connection)
    isResumed.store(true, ordering: .releasing)
    turnAgain()
  }

  /// Some of a body of unknown length came. The daemon's thread only.
  func bodyCame() {
    turnsWithoutSleep = 0
  }

  /// Makes the loop turn once more before it sleeps. Any thread.
  func turnAgain() {
    if let host { host.wake() } else { alarm.ring { waker.wake() } }
  }

  /// Makes the next turn the last. Any thread; does not wait.
  func stop() {
    stopIsAsked.store(true, ordering: .releasing)
    turnAgain()
  }

  /// Starts the daemon, which serves from `begin` on. Once, before anything else. False: it did not start (`errno`).
  func open(_ engine: Engine, on listeningSocket: Int32) -> Bool {
    guard let daemon = startDaemon(engine, on: listeningSocket) else { return false }
    self.daemon = daemon
    self.engine = engine
    return true
  }

  /// Serves until `stop`.
  /// - Throws: when there is no thread for it.
  func begin() throws(SystemError) {
    if let host { host.take(self) } else { try startThread(named: "http-server") { self.run() } }
  }

  /// Readable when a connection or the listening socket is ready.
  var descriptor: Int32 {
    guard let daemon else { preconditionFailure("asked for the descriptor of a daemon that is closed") }
    return cmhd_epoll_descriptor(daemon)
  }

  /// The thread's whole life, where it is one of its own.
  private func run() {
    let descriptor = descriptor
    while true {
      alarm.rise()
      guard case .again(let milliseconds) = turn() else { return }
      // Who rings after the rise may have come too late for the look that it is about: one more turn.
      guard milliseconds != 0, alarm.mayRest() else { continue }
      waker.sleep(orUntilReadable: descriptor, milliseconds: milliseconds ?? -1)
    }
  }

  /// One turn, or the end.
  func turn() -> LoopTurn {
    guard let daemon else { preconditionFailure("a turn without a daemon") }
    if stopIsAsked.load(ordering: .acquiring) {
      close()
      return .ended
    }
    turnBegin = .now
    var milliseconds = run(daemon)
    // An answer is queued in one run and sent in the next.
    if milliseconds == 0 { milliseconds = run(daemon) }
    // Here the library has freed all that was closed.
    if peak.hasLeft() { malloc_trim(0) }
    return .again(milliseconds: milliseconds)
  }

  private func run(_ daemon: OpaquePointer) -> Int32? {
    hasMore = isResumed.exchange(false, ordering: .acquiring)
    MHD_run(daemon)
    return sleepMilliseconds(daemon)
  }

  /// Closes all connections and the listening socket. On the daemon's thread, or where there is none.
  func close() {
    guard let daemon, let engine else { preconditionFailure("closed twice") }
    self.daemon = nil
    self.engine = nil
    stopDaemon(daemon, of: engine)
    engine.ledger.finishStop()
  }

  /// How long the library can wait when no connection is ready; nil for as long as it takes.
  private func sleepMilliseconds(_ daemon: OpaquePointer) -> Int32? {
    var timeout: UInt64 = 0
    guard MHD_get_timeout(daemon, &timeout) == .YES, timeout == 0 else {
      turnsWithoutSleep = 0
      return timeout == 0 ? nil : Int32(clamping: timeout)
    }
    // That it wants a turn at once tells nothing while some are held. After a turn in which no answer was queued, no piece of a
    // body moved and no request ended, there is nothing to go on with but a head that fills the library's buffer, which is late
    // by this much.
    if held > 0, !hasMore, !isResumed.load(ordering: .relaxed) {
      turnsWithoutSleep = 0
      return Self.heldMilliseconds
    }
    // A chunk's line that is longer than the connection's memory, extensions of it for example, can't be read on, but
    // libmicrohttpd 0.9.75 wants to try at once, until the connection's idle time is over, and searches the whole line each time.
    turnsWithoutSleep += 1
    guard bodiesOfUnknownLength > 0, turnsWithoutSleep >= Self.turnsMax else { return 0 }
    turnsWithoutSleep = 0
    return Self.restMilliseconds
  }
}
