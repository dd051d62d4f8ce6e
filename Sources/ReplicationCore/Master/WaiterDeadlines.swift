import DequeModule

/// The waiters that wait for a limited time only, the first to end in front.
///
/// Equal limits bring deadlines in their order, and then adding and taking out cost the same however many wait.
struct WaiterDeadlines: Sendable {
  private struct Place {
    let deadline: Instant
    let id: WaiterID
  }

  private var places: Deque<Place> = []

  /// When the first wait ends; nil when none has a limit.
  var first: Instant? { places.first?.deadline }

  /// Adds a waiter; one without a deadline is not kept.
  mutating func add(_ id: WaiterID) {
    guard let deadline = id.deadline else { return }
    places.insert(Place(deadline: deadline, id: id), at: index(after: deadline))
  }

  /// Takes out a waiter that `add` was given and that waits no more.
  mutating func remove(_ id: WaiterID) {
    guard let deadline = id.deadline else { return }
    var index = index(after: deadline)
    while index > 0, places[index - 1].deadline == deadline {
      index -= 1
      if places[index].id == id {
        places.remove(at: index)
        return
      }
    }
  }

  /// The waiter whose time is over first, if it is over now. It stays until `remove`.
  func expired(now: Instant) -> WaiterID? {
    places.first.flatMap { $0.deadline <= now ? $0.id : nil }
  }

  mutating func removeAll() { places = [] }

  /// Behind all that end at `deadline` or before.
  private func index(after deadline: Instant) -> Int {
    var low = 0
    var high = places.count
    while low < high {
      let middle = (low + high) / 2
      if places[middle].deadline <= deadline { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
