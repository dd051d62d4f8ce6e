/// The exchanges that wait, held or suspended: entered and left in constant time, without hashing.
struct WaitingList {
  /// A place in the list, good until it is left.
  struct Place {
    fileprivate let index: Int
  }

  private var entries: [Exchange?] = []
  private var free: [Int] = []

  var count: Int { entries.count - free.count }

  var exchanges: [Exchange] { entries.compactMap(\.self) }

  mutating func enter(_ exchange: Exchange) -> Place {
    if let index = free.popLast() {
      entries[index] = exchange
      return Place(index: index)
    }
    entries.append(exchange)
    return Place(index: entries.count - 1)
  }

  mutating func leave(_ place: Place) {
    precondition(entries[place.index] != nil, "place \(place.index) was left before")
    entries[place.index] = nil
    free.append(place.index)
  }
}
