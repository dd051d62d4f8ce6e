internal import ReplicationCore

/// Where runs ended that were read lately: who goes on there, page after page, has no place to search.
struct RunEnds: Sendable {
  /// A place between two entries of a segment.
  struct Place: Hashable, Sendable {
    /// Where the next entry begins.
    let position: Int
    /// The entry before it.
    let previous: LogPoint
  }

  /// How many are known at most.
  static let countMax = 256

  /// Each at the index that its next entry's offset gives; a later one takes the place of an earlier one. All are of one
  /// generation of the log.
  private var places: [Place?] = []
  private var generation: UInt64 = 0

  /// Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4): the ends of pages of one size are spread over all indices.
  private func index(of offset: Offset) -> Int { Int((offset.rawValue &* 0x9E37_79B9_7F4A_7C15) >> 56) }

  /// The place of the entry at `offset`, if a run ended before it.
  func place(of offset: Offset, generation: UInt64) -> Place? {
    guard generation == self.generation, !places.isEmpty, let place = places[index(of: offset)] else { return nil }
    return place.previous.offset.next == offset ? place : nil
  }

  /// Notes where a run ended.
  mutating func note(_ place: Place, generation: UInt64) {
    if places.isEmpty || generation != self.generation {
      (places, self.generation) = (Array(repeating: nil, count: Self.countMax), generation)
    }
    places[index(of: place.previous.offset.next)] = place
  }
}
