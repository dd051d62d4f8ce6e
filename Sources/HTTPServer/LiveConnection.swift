import CMicroHTTPD
import Locking
import Synchronization

/// The connection of a live body, suspended while the body has nothing to send.
///
/// The daemon's thread suspends it; from then on the ledger has it, and the attendant, which alone takes it out, resumes it.
/// Unchecked: `connection` is the library's, and is touched by the one of both threads that has it.
final class LiveConnection: @unchecked Sendable {
  /// Good while it is suspended.
  let socket: Int32
  private let connection: OpaquePointer
  private let ledger: Ledger
  private let loop: DaemonLoop
  private let isLeft = Atomic<Bool>(false)

  /// The connection of one more live body; nil when there are as many as are allowed.
  init?(_ exchange: Exchange) {
    guard exchange.engine.ledger.beginLive(max: exchange.engine.limits.liveMax) else { return nil }
    connection = exchange.connection
    socket = exchange.socket
    ledger = exchange.engine.ledger
    loop = exchange.engine.loop
  }

  deinit {
    ledger.endLive()
  }

  /// How the body ends, whatever it has left; nil: it does not.
  var end: Int? {
    if isClientGone { return cmhd_end_with_error }
    return ledger.isStopping ? cmhd_end_of_stream : nil
  }

  /// The number of the last wake-up.
  var signal: UInt64 { ledger.read(\.liveSignal) }

  /// Whether the client hung up while the connection was suspended.
  var isClientGone: Bool { isLeft.load(ordering: .relaxed) }

  /// The client hung up: to be resumed, and to end.
  func clientLeft() {
    isLeft.store(true, ordering: .relaxed)
  }

  /// Suspends the connection, in the library's call for bytes.
  ///
  /// - Parameters:
  ///   - until: when the body is asked again in any case.
  ///   - signal: the last wake-up that the body has seen. After a later one it is asked again at once.
  func wait(until: Moment, since signal: UInt64) {
    MHD_suspend_connection(connection)
    if !ledger.enter(self, until: until, since: signal) { resume() }
  }

  /// Lets the library ask the body again. From here on the connection is the daemon's thread's.
  func resume() {
    loop.resume(connection)
  }
}
