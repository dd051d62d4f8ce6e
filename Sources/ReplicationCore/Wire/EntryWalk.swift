/// A walk over entries that are whole and continue each other: each one is checked before it is taken.
public struct EntryWalk {
  /// Why it took no more.
  public enum Stop: Equatable {
    /// The last one is taken, or the next one would be too much.
    case done
    /// There must be so many bytes to go on.
    case needs(Int)
    /// What lies there is not the next entry.
    case broken
  }

  /// Of the last one taken, or the one before the first.
  public private(set) var point: LogPoint
  /// The size of those taken.
  public private(set) var bytesTaken = 0

  /// - Parameter point: of the entry before the first.
  public init(after point: LogPoint) {
    self.point = point
  }

  /// Takes more of them.
  /// - Parameters:
  ///   - bytes: those taken, and what lies behind them.
  ///   - last: the last one to take.
  ///   - bytesMax: what all may come to; one entry is always allowed.
  public mutating func take(_ bytes: UnsafeRawBufferPointer, through last: Offset, bytesMax: Int) -> Stop {
    while point.offset < last {
      let rest = bytes.dropping(bytesTaken)
      guard let entry = try? EntryView(startOf: rest) else { return atCut(rest, bytesMax: bytesMax) }
      if bytesTaken > 0, bytesTaken + entry.encodedBytes > bytesMax { return .done }
      guard (try? entry.check(after: point)) != nil else { return .broken }
      point = entry.point
      bytesTaken += entry.encodedBytes
    }
    return .done
  }

  /// Where the bytes end before the next entry does.
  private func atCut(_ rest: UnsafeRawBufferPointer, bytesMax: Int) -> Stop {
    var size = Entry.headerBytes
    if let header = EntryHeader(rest) {
      // The size is only believed of the entry that is expected here: no memory is taken for what is something else.
      guard header.point.offset == point.offset.next else { return .broken }
      size = header.encodedBytes
    }
    return bytesTaken > 0 && bytesTaken + size > bytesMax ? .done : .needs(bytesTaken + size)
  }
}
