internal import ReplicationCore

/// Where the runs ended that were read last: who goes on there, page after page, has no place to search.
struct RunEnds: Sendable {
  /// A place between two entries of a segment.
  struct Place: Hashable, Sendable {
    /// Where the next entry begins.
    let position: Int
    /// The entry before it.
    let previous: LogPoint
  }

  /// How many are known: so many readers may go on in turn.
  static let countMax = 16

  /// The latest last. All are of one generation of the log.
  private var places: [Place] = []
  private var generation: UInt64 = 0

  /// The place of the entry at `offset`, if a run ended before it.
  func place(of offset: Offset, generation: UInt64) -> Place? {
    guard generation == self.generation else { return nil }
    return places.last { $0.previous.offset.next == offset }
  }

  /// Notes where a run ended.
  mutating func note(_ place: Place, generation: UInt64) {
    if generation != self.generation { (places, self.generation) = ([], generation) }
    places.removeAll { $0 == place }
    if places.count == Self.countMax { places.removeFirst() }
    places.append(place)
  }
}
