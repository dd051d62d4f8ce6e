internal import ReplicationCore

/// Where some of a segment's entries begin: one in about 4 KiB.
struct SparseIndex: Sendable {
  /// One entry and where it begins.
  struct Mark: Hashable, Sendable {
    let offset: Offset
    let position: Int
  }

  /// How far apart marks are, in bytes at least.
  static let spacing = 4 << 10

  /// The first entry. Marks before the first of `marks` are not needed: that one is found without.
  let origin: Mark
  /// Invariant: offsets and positions rise; each is the true place of its entry.
  private(set) var marks: [Mark] = []
  /// Every entry that begins before this place has been considered.
  private(set) var coveredTo: Int
  /// Counts the times that marks were dropped, so that what was found in what is gone isn't taken in.
  private(set) var generation = 0

  /// - Parameter origin: the segment's first entry.
  init(origin: Mark) {
    self.origin = origin
    coveredTo = origin.position
  }

  /// Notes where an entry begins. Entries come in order; one that was noted already, or lies before one that was, takes
  /// the place of all from it on.
  mutating func note(_ mark: Mark) {
    if let last = marks.last, last.offset >= mark.offset {
      marks.removeAll { $0.offset >= mark.offset }
      generation += 1
    } else if mark.position < coveredTo {
      generation += 1
    }
    if mark.position - (marks.last ?? origin).position >= Self.spacing { marks.append(mark) }
    coveredTo = mark.position
  }

  /// Takes in marks that were found from `last` on in the meantime.
  mutating func take(_ found: [Mark], from last: Mark, coveredTo: Int, generation: Int) {
    guard generation == self.generation, last == (marks.last ?? origin), coveredTo > self.coveredTo else { return }
    marks += found
    self.coveredTo = coveredTo
  }

  /// The last known mark at or before an entry, and whether it is the last of all.
  func nearest(to offset: Offset) -> (mark: Mark, isLast: Bool) {
    var low = 0
    var high = marks.count
    // The marks before `low` are at or before the entry, those from `high` on after it.
    while low < high {
      let middle = (low + high) / 2
      if marks[middle].offset <= offset { low = middle + 1 } else { high = middle }
    }
    return (low == 0 ? origin : marks[low - 1], low == marks.count)
  }

  /// Forgets all marks.
  mutating func removeAll() {
    marks = []
    coveredTo = origin.position
    generation += 1
  }
}
