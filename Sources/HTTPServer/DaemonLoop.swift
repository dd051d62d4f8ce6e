import CMicroHTTPD
import Glibc
import Locking
import Synchronization

/// The thread that libmicrohttpd runs on: the daemon's thread.
///
/// One turn: the library does all that can be done without waiting, then the loop sleeps until a connection, a wake-up or
/// the library's next time-out asks for more. The library's own loop is not used, because it may sleep with work at hand
/// (`docs/adr/0015-the-servers-loop.md`).
///
/// Unchecked: the members that say so are the daemon's thread's.
final class DaemonLoop: @unchecked Sendable {
  /// So many turns in a row may want the next one at once, while a chunked body is to come and doesn't, before the loop
  /// rests a little.
  private static let turnsMax = 8
  private static let restMilliseconds: Int32 = 5

  /// Requests whose body comes in with no length announced. The daemon's thread only.
  var bodiesOfUnknownLength = 0
  private var turnsWithoutSleep = 0
  /// The daemon's thread only.
  private var daemon: OpaquePointer?

  private let waker: Waker
  private let alarm = Alarm()
  private let stopIsAsked = Atomic<Bool>(false)

  init() throws(SystemError) {
    waker = try Waker()
  }

  /// Resumes a suspended connection. Any thread; from here on the connection is the daemon's thread's. A system call only
  /// when the loop sleeps.
  func resume(_ connection: OpaquePointer) {
    MHD_resume_connection(connection)
    turnAgain()
  }

  /// Some of a body of unknown length came. The daemon's thread only.
  func bodyCame() {
    turnsWithoutSleep = 0
  }

  /// Makes the loop turn once more before it sleeps. Any thread.
  func turnAgain() {
    alarm.ring { waker.wake() }
  }

  /// Tells `run` to return. Any thread; does not wait.
  func stop() {
    stopIsAsked.store(true, ordering: .releasing)
    turnAgain()
  }

  /// Starts the daemon, which serves from `run` on. Once, before anything else. False: it did not start (`errno`).
  func open(_ engine: Engine, on listeningSocket: Int32) -> Bool {
    daemon = startDaemon(engine, on: listeningSocket)
    return daemon != nil
  }

  /// The thread's whole life: serves until `stop`, then closes everything.
  func run(_ engine: Engine) {
    guard let daemon else { preconditionFailure("run without a daemon") }
    let descriptor = cmhd_epoll_descriptor(daemon)
    while true {
      alarm.rise()
      if stopIsAsked.load(ordering: .acquiring) { return close(engine) }
      MHD_run(daemon)
      let milliseconds = sleepMilliseconds(daemon)
      // Who rings after the rise may have come too late for the look that it is about: one more turn.
      guard milliseconds != 0, alarm.mayRest() else { continue }
      turnsWithoutSleep = 0
      waker.sleep(orUntilReadable: descriptor, milliseconds: milliseconds)
    }
  }

  /// Closes all connections and the listening socket. On the daemon's thread, or where there is none.
  func close(_ engine: Engine) {
    guard let daemon else { preconditionFailure("closed twice") }
    self.daemon = nil
    stopDaemon(daemon, of: engine)
    engine.ledger.finishStop()
  }

  /// How long the library can wait when no connection is ready; -1 for as long as it takes.
  private func sleepMilliseconds(_ daemon: OpaquePointer) -> Int32 {
    var timeout: UInt64 = 0
    guard MHD_get_timeout(daemon, &timeout) == .YES else { return -1 }
    if timeout != 0 { return Int32(clamping: timeout) }
    // A chunk's line that is longer than the connection's memory, extensions of it for example, can't be read on, but
    // libmicrohttpd 0.9.75 wants to try at once, until the connection's idle time is over, and searches the whole line each time.
    turnsWithoutSleep += 1
    return bodiesOfUnknownLength > 0 && turnsWithoutSleep >= Self.turnsMax ? Self.restMilliseconds : 0
  }
}
