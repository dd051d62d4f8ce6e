/// When one node confirmed what it holds: its latest acknowledgements, each a match offset and a time.
///
/// An entry was confirmed by the first acknowledgement that reached it. One acknowledgement is one event, however many
/// entries it is for, so that noting it is one append to a ring: nothing is done per entry.
///
/// Invariant: the events' offsets rise, all above `floor`, and none is above the node's match offset as it was last told.
struct Confirmations: Sendable {
  /// How many events are kept of one node, 16 bytes each. Those of one millisecond are one, so that they reach back 16 s at
  /// least.
  static let eventsMax = 16_384

  private struct Event {
    var match: Offset
    /// Milliseconds since 1970.
    let time: UInt64
  }

  private let limit: Int
  /// Grows up to `limit`; from then on the newest takes the place of the oldest.
  private var ring: [Event] = []
  private var start = 0
  private var count = 0
  /// Up to here it is not known any more when it was confirmed, or never was; nil before the node was met.
  private var floor: Offset?
  /// Whose they are; nil for the master itself.
  private var node: NodeID?

  /// - Parameter limit: how many events are kept, at least 1.
  init(limit: Int = Self.eventsMax) {
    self.limit = limit
  }

  /// Takes in what the node is known to hold now. What it held when it was met was confirmed before, nobody knows when; the
  /// same of another node in its place. What it no longer holds was not confirmed: it may be again.
  ///
  /// - Parameters:
  ///   - match: the node's match offset.
  ///   - node: who it is; nil for the master itself.
  ///   - time: milliseconds since 1970.
  mutating func note(_ match: Offset, by node: NodeID?, time: UInt64) {
    guard let floor, node == self.node else {
      self.node = node
      floor = match
      count = 0
      return
    }
    let last = count > 0 ? self[count - 1].match : floor
    if match < last { return cut(after: match, floor) }
    if match > last { add(Event(match: match, time: time)) }
  }

  /// When the entry at `offset` was confirmed, in milliseconds since 1970; nil where it wasn't, or it isn't known.
  func time(of offset: Offset) -> UInt64? {
    guard let floor, offset > floor else { return nil }
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle].match < offset { low = middle + 1 } else { high = middle }
    }
    return low < count ? self[low].time : nil
  }

  private subscript(index: Int) -> Event {
    get { ring[(start + index) % limit] }
    set { ring[(start + index) % limit] = newValue }
  }

  private mutating func add(_ event: Event) {
    if count > 0, self[count - 1].time == event.time {
      self[count - 1].match = event.match
      return
    }
    if count == limit {
      floor = self[0].match
      start = (start + 1) % limit
      count -= 1
    }
    let place = (start + count) % limit
    if place == ring.count { ring.append(event) } else { ring[place] = event }
    count += 1
  }

  /// The event that reached beyond `match` is still when the entries up to there were confirmed.
  private mutating func cut(after match: Offset, _ floor: Offset) {
    var cut: Event?
    while count > 0, self[count - 1].match > match {
      cut = self[count - 1]
      count -= 1
    }
    let last = count > 0 ? self[count - 1].match : floor
    if match < last { self.floor = match }
    if let cut, match > last { add(Event(match: match, time: cut.time)) }
  }
}
