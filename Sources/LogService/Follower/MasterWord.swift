import HTTPServer
import ReplicationCore

/// The last that a follower heard from the master that it follows: how far behind it is, as far as it can know.
struct MasterWord: Sendable {
  /// Whose word.
  let mastership: Mastership
  /// When it came.
  private var heard: Instant
  /// The highest offset that it named: the master has that, and may have more.
  private var last: Offset

  /// - Parameters:
  ///   - request: of the master that is followed.
  ///   - now: the time.
  init(_ request: ReplicateRequest, now: Instant) {
    mastership = request.mastership
    heard = now
    last = request.entries.last
  }

  /// Takes in another request of the same master; they may come in any order.
  mutating func hear(_ request: ReplicateRequest, now: Instant) {
    heard = max(heard, now)
    last = max(last, request.entries.last)
  }

  /// `Log-Lag-Entries`: how many entries the master is known to have that are not durable here: no less are missing.
  /// `Log-Staleness-Ms`: the time since the master's last word.
  func headers(durable: Offset, now: Instant) -> [Header] {
    [
      Header(name: "Log-Lag-Entries", value: String(last.distance(from: durable))),
      Header(name: "Log-Staleness-Ms", value: String(max(0, (now - heard).milliseconds))),
    ]
  }
}
