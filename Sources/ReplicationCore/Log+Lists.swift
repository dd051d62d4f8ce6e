/// Lists in a log: all of a list or none.
extension Log {
  /// The last place at or before `offset` that is not in the middle of a list: what is shown ends there, and what is counted
  /// as held.
  /// - Parameter offset: at most the last offset, or nothing beyond it is looked at.
  /// - Throws: `LogReadError`.
  public func wholeEnd(through offset: Offset) throws(LogReadError) -> Offset {
    guard let list = try list(at: offset), offset < list.upperBound else { return offset }
    return list.lowerBound.previous
  }

  /// What counts as held by the log's node: what is durable, but for the beginning of a list. Nil where that can't be read.
  public var heldEnd: Offset? { try? wholeEnd(through: end.durable) }

  /// Takes out the beginning of a list at the log's end: a crash left it, and nobody will send the rest. No client was told
  /// that it is held, and no reader saw it. To be called when a master starts, after it has all that the followers hold which it heard.
  /// - Returns: what was taken out, if there was such a list.
  /// - Throws: `LogRefusal` as `cut`; damage is nothing to be cut, and `trouble` tells it.
  public func cutUnfinishedList() throws(LogRefusal) -> ClosedRange<Offset>? {
    let last = end.last
    guard let wholeEnd = try? wholeEnd(through: last), wholeEnd < last else { return nil }
    if case .damaged? = trouble { return nil }
    try cut(after: wholeEnd)
    return wholeEnd.next...last
  }

  /// Reads the entry for it.
  public func list(at offset: Offset) throws(LogReadError) -> ClosedRange<Offset>? {
    let end = end
    guard offset > .zero, offset <= end.last else { return nil }
    var list: ClosedRange<Offset>?
    try read(from: offset, through: offset, generation: end.generation).forEach { list = $0.list }
    return list
  }
}
