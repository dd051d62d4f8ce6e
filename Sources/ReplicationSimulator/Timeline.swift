import ReplicationCore

/// What will happen and when: a binary heap. What was put in first comes out first among equals, so that a run is the same
/// each time.
struct Timeline<Event> {
  private struct Slot {
    let time: Instant
    let number: UInt64
    let event: Event

    func isBefore(_ other: Slot) -> Bool {
      time == other.time ? number < other.number : time < other.time
    }
  }

  private var slots: [Slot] = []
  private var inserted: UInt64 = 0

  mutating func insert(_ event: Event, at time: Instant) {
    slots.append(Slot(time: time, number: inserted, event: event))
    inserted += 1
    var child = slots.count - 1
    while child > 0, slots[child].isBefore(slots[(child - 1) / 2]) {
      slots.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func popFirst() -> (time: Instant, event: Event)? {
    guard let first = slots.first, let last = slots.popLast() else { return nil }
    guard !slots.isEmpty else { return (first.time, first.event) }
    slots[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < slots.count && slots[child].isBefore(slots[least]) {
        least = child
      }
      if least == parent { return (first.time, first.event) }
      slots.swapAt(parent, least)
      parent = least
    }
  }
}
