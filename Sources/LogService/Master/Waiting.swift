import ReplicationCore

/// The requests that wait for their write concern, by the name that the core gave them.
///
/// The core may hand a waiter out before a request that is expected has come to waiting: then the end is kept for it.
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

  /// Told how the wait ended: after the node's lock.
  typealias Ending = @Sendable (End) -> Void

  private enum Place {
    case coming
    case here(Ending)
    case ended(End)
  }

  /// By `WaiterID.rawValue`.
  private var places: [UInt64: Place] = [:]

  /// A request waits from now on.
  mutating func add(_ waiter: WaiterID, _ ending: @escaping Ending) {
    places[waiter.rawValue] = .here(ending)
  }

  /// A request will come to wait.
  mutating func expect(_ waiter: WaiterID) {
    places[waiter.rawValue] = .coming
  }

  /// How the wait ended, if it has; asked once before `wait`, and after that never.
  mutating func takeEnd(_ waiter: WaiterID) -> End? {
    guard case .ended(let end) = places[waiter.rawValue] else { return nil }
    places[waiter.rawValue] = nil
    return end
  }

  /// The request that was expected has come.
  /// - Returns: the end, if it came first; `ending` is then still the caller's.
  mutating func wait(_ waiter: WaiterID, _ ending: @escaping Ending) -> End? {
    if let end = takeEnd(waiter) { return end }
    guard case .coming = places[waiter.rawValue] else { preconditionFailure("\(waiter) waits without being expected") }
    places[waiter.rawValue] = .here(ending)
    return nil
  }

  /// A wait ends.
  /// - Returns: what the caller must call after the lock, with this end.
  mutating func end(_ waiter: WaiterID, _ end: End) -> Ending? {
    switch places[waiter.rawValue] {
    case .here(let ending):
      places[waiter.rawValue] = nil
      return ending
    case .coming:
      places[waiter.rawValue] = .ended(end)
      return nil
    case .ended, nil: preconditionFailure("\(waiter) ends twice")
    }
  }
}
