import ReplicationCore

/// Every entry that was ever made, known from outside the nodes: what it is, and what it continues. With it a log's whole
/// history follows from its end alone, without reading its disk.
struct Histories {
  static let known = "a log holds nothing but what a master appended or a person put there, in that order"
  static let once = "within an epoch an offset never names two entries"

  /// Where a master put an entry. A disk that was restored or recovered is another one: who starts on it may take an epoch
  /// that was taken before, and followers then keep the two apart by their start ids.
  private struct Place: Hashable {
    let log: LogID
    let epoch: Epoch
    let offset: Offset
    let disk: Int
  }

  private var previous: [LogPoint: LogPoint] = [:]
  private var made: [Place: LogPoint] = [:]

  /// An entry was made.
  /// - Returns: the other entry that has its place, which must not be.
  mutating func note(_ point: LogPoint, after before: LogPoint, log: LogID, disk: Int) -> LogPoint? {
    previous[point] = before
    guard point.epoch > .none else { return nil }
    let place = Place(log: log, epoch: point.epoch, offset: point.offset, disk: disk)
    if let other = made[place], other != point { return other }
    made[place] = point
    return nil
  }

  /// Brings a history, the points from offset 1 on, to another end; what both have in common is kept.
  /// - Returns: the lowest offset that changed; nil if the end can't be explained.
  func lead(_ chain: inout [LogPoint], to end: LogPoint, log: LogID) -> Offset? {
    var fresh: [LogPoint] = []
    var point = end
    while point.offset > .zero, chain.point(at: point.offset) != point {
      fresh.append(point)
      guard let before = previous[point], before.offset.next == point.offset else { return nil }
      point = before
    }
    guard point.offset > .zero || point == LogPoint(beginning: log) else { return nil }
    chain.removeSubrange(Int(point.offset.rawValue)...)
    chain += fresh.reversed()
    return point.offset.next
  }
}

extension [LogPoint] {
  /// The point at an offset of a history that begins with offset 1.
  func point(at offset: Offset) -> LogPoint? {
    offset > .zero && offset.rawValue <= UInt64(count) ? self[Int(offset.rawValue) - 1] : nil
  }

  /// The last offset at which both histories are the same.
  func common(with other: [LogPoint]) -> Offset {
    // One equal point says that all before it are equal.
    var low = 0
    var high = Swift.min(count, other.count)
    while low < high {
      let middle = (low + high + 1) / 2
      if self[middle - 1] == other[middle - 1] { low = middle } else { high = middle - 1 }
    }
    return Offset(UInt64(low))
  }
}
