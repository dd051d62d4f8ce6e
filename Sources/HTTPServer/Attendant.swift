import Locking

/// The thread beside the daemon's: looks after waiting exchanges whose clients may hang up, wakes live bodies,
/// and carries out the stop.
///
/// libmicrohttpd does not look at a suspended connection's socket, so this thread does, once per interval and only
/// while some exchange or live body waits.
///
/// Unchecked: its members are its thread's alone.
final class Attendant: @unchecked Sendable {
  private let engine: Engine
  private var nextCheck = Moment.now
  private let hangUpCheck = HangUpCheck()

  init(engine: Engine) {
    self.engine = engine
  }

  /// The thread's whole life.
  func run() {
    let ledger = engine.ledger
    wait { $0.phase != .serving }
    // The server did not start.
    if ledger.read({ $0.phase == .stopped }) { return }
    // No MHD_quiesce_daemon: with epoll it races with the daemon's own thread for the listening socket's entry, and the
    // loser aborts the process. New clients are served the refusal instead, until the daemon closes the socket.
    wait(end: \.graceEnd) { $0.handling == 0 || $0.isGraceOver }
    for exchange in ledger.watched().exchanges { exchange.cancelIfWaiting() }
    waitAtMost(engine.limits.cancelGrace) { $0.waiting.count == 0 }
    ledger.beginForcing()
    for exchange in ledger.watched().exchanges { exchange.force() }
    // All of them are being answered now: those that were suspended by whoever came first, those that were held in the loop's next
    // turn. A stop with one suspended would abort.
    wait { $0.waiting.count == 0 }
    waitAtMost(engine.limits.flushGrace) { $0.handling == 0 }
    engine.loop.stop()
  }

  private func waitAtMost(_ duration: Duration, until isReached: (Ledger.State) -> Bool) {
    let end = Moment.now + duration
    wait(end: { _ in end }, until: { isReached($0) || Moment.now >= end })
  }

  /// Sleeps until the condition holds, looking after the clients of waiting exchanges meanwhile.
  ///
  /// - Parameter end: when the condition is to be looked at again although nobody woke this thread.
  private func wait(
    end: (Ledger.State) -> Moment? = { _ in nil }, until isReached: (Ledger.State) -> Bool
  ) {
    while true {
      // At least once after a stop began: then none is left, and none can come.
      for live in engine.ledger.takeLiveToWake() { live.resume() }
      let (isDone, isWatched, end) = engine.ledger.read { (isReached($0), $0.isWatched, end($0)) }
      if isDone { return }
      let times = [end, isWatched ? nextCheck : nil].compactMap(\.self)
      engine.ledger.waker.sleep(atMost: times.min().map { $0 - Moment.now })
      guard isWatched, Moment.now >= nextCheck else { continue }
      let watched = engine.ledger.watched()
      hangUpCheck.run(watched.exchanges, watched.live)
      for live in engine.ledger.takeLiveDue(now: .now) { live.resume() }
      nextCheck = Moment.now + engine.limits.hangUpCheckInterval
    }
  }
}

extension Ledger.State {
  fileprivate var isGraceOver: Bool {
    guard let graceEnd else { return false }
    return Moment.now >= graceEnd
  }
}
