import ReplicationCore

/// The requests that wait for their write concern, by the name that the core gave them.
///
/// The core may hand a waiter out before its request has come to waiting: then the end is kept for it.
struct Waiting {
  /// How a wait ended.
  enum End: Sendable {
    /// As many nodes as asked for hold the entry.
    case confirmed
    /// The client hung up.
    case cancelled
    /// The time that the client gave it is over.
    case timedOut
    /// The node stops.
    case stopping
    /// A later master took over: nothing that this one has is counted any more.
    case deposed
  }

  private enum Place {
    case coming
    case here(CheckedContinuation<End, Never>)
    case ended(End)
  }

  private var places: [WaiterID: Place] = [:]

  /// A request will come to wait.
  mutating func expect(_ waiter: WaiterID) {
    places[waiter] = .coming
  }

  /// How the wait ended, if it has; asked once before `wait`, and after that never.
  mutating func takeEnd(_ waiter: WaiterID) -> End? {
    guard case .ended(let end) = places[waiter] else { return nil }
    places[waiter] = nil
    return end
  }

  /// The request has come.
  /// - Returns: the end, if it came first; the continuation is then still the caller's.
  mutating func wait(_ waiter: WaiterID, _ continuation: CheckedContinuation<End, Never>) -> End? {
    if let end = takeEnd(waiter) { return end }
    guard case .coming = places[waiter] else { preconditionFailure("\(waiter) waits without being expected") }
    places[waiter] = .here(continuation)
    return nil
  }

  /// A wait ends.
  /// - Returns: what the caller must resume after the lock, with this end.
  mutating func end(_ waiter: WaiterID, _ end: End) -> CheckedContinuation<End, Never>? {
    switch places[waiter] {
    case .here(let continuation):
      places[waiter] = nil
      return continuation
    case .coming:
      places[waiter] = .ended(end)
      return nil
    case .ended, nil: preconditionFailure("\(waiter) ends twice")
    }
  }
}
