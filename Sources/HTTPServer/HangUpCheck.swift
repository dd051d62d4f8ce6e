import Glibc

/// Finds, among waiting exchanges and live bodies, those whose client hung up, and ends them. One `poll(2)` for all of them.
struct HangUpCheck {
  /// A closed sending side (POLLRDHUP) counts: a client that only half-closes is not told from one that left.
  /// 0x2000 is its value on Linux; <poll.h> keeps it for `_GNU_SOURCE`.
  private static let hangUp = Int16(POLLHUP) | Int16(POLLERR) | 0x2000

  func run(_ exchanges: [Exchange], _ live: [LiveConnection]) {
    var entries = (exchanges.map(\.socket) + live.map(\.socket)).map { pollfd(fd: $0, events: Self.hangUp, revents: 0) }
    guard !entries.isEmpty, poll(&entries, nfds_t(entries.count), 0) > 0 else { return }
    for (exchange, entry) in zip(exchanges, entries) where entry.revents != 0 {
      // An exchange that was answered meanwhile may have lost its socket, and its number may be another's by now:
      // then it does not wait either, and nothing happens. While it does, the number was its own all along.
      exchange.cancelIfWaiting()
    }
    // Nobody but the caller resumes a live body: all of them are suspended still.
    for (live, entry) in zip(live, entries.dropFirst(exchanges.count)) where entry.revents != 0 { live.clientLeft() }
  }
}
