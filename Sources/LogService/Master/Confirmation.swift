import JSON
import ReplicationCore

/// When one node confirmed a message to the master, as a receipt shows it.
///
/// Both times are the master's wall clock, that of the append and that of the confirmation, so that anybody can check the
/// difference against the message's `time`, and an append needs no clock of its own for it. A clock that was set in that
/// moment makes it wrong by as much; it is never below 0.
struct Confirmation {
  /// `master`, or the follower's URL.
  let node: String
  /// Milliseconds since 1970; nil where it isn't known (any more).
  let time: UInt64?
  /// From the append to the confirmation.
  let milliseconds: UInt64?

  init(_ copy: Master.Copy, of message: Receipt.Message, urls: [String]) {
    node = copy.follower.map { urls[$0] } ?? "master"
    time = copy.confirmed
    milliseconds = copy.confirmed.map { $0 > message.time ? $0 - message.time : 0 }
  }

  var value: JSONValue {
    .members([
      "node": .string(node), "at": time.map { Receipt.timestamp($0) } ?? .null,
      "after_ms": milliseconds.map { .number($0) } ?? .null,
    ])
  }
}

extension [Confirmation] {
  /// In the order of the confirmations: first those whose time is not known any more, then by time; at the same time as
  /// configured.
  var inOrder: [Confirmation] {
    enumerated().sorted { ($0.element.time ?? 0, $0.offset) < ($1.element.time ?? 0, $1.offset) }.map(\.element)
  }
}
