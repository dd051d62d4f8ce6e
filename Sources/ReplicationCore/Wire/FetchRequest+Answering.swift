extension FetchRequest {
  /// What a node answers: its head, the point that was asked for if it has it, and entries after it, all of it durable.
  ///
  /// - Parameters:
  ///   - log: the answering node's. What a person put on a follower by hand counts for nothing.
  ///   - identity: this process of the node.
  ///   - limit: how many bytes of entries it gives at most, whatever is wanted; one entry always fits.
  /// - Throws: `LogReadError`; after `.reset` another try sees what is there now.
  public func answer(
    log: some Log, identity: NodeIdentity, limit: Int = .max
  ) throws(LogReadError) -> FetchAnswer {
    let end = log.end
    let held = log.identity
    guard held.log != .none else {
      return FetchAnswer(
        identity: identity, promise: held.promise, log: .none, end: LogPoint(beginning: .none), commitKnown: .zero,
        point: nil, entries: .empty(after: after))
    }
    var point: LogPoint?
    var entries = EntryRun.empty(after: after)
    if after <= end.durable {
      point = try log.point(at: after)
      let bytesMax = min(Int(clamping: bytesMax), limit)
      if bytesMax > 0, after < end.durable,
        let run = try log.runEnd(from: after.next, bytesMax: bytesMax, entriesMax: .max)
      {
        entries = try log.read(
          from: after.next, through: min(run.last, end.durable), generation: end.generation)
      }
    }
    guard log.end.generation == end.generation else { throw .reset }
    return FetchAnswer(
      identity: identity, promise: held.promise, log: held.log, end: end.durablePoint, commitKnown: log.commitKnown,
      point: point, entries: entries)
  }
}
