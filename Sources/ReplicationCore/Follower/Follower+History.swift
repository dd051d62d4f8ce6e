/// What a follower does about a master's history that may be another one than its own.
extension Follower {
  /// A heartbeat: is the previous point here?
  func compare(
    _ request: ReplicateRequest, log: some Log, tell: (FollowerEvent) -> Void
  ) throws(LogReadError) -> ReplicateAnswer.Outcome {
    let own = try log.point(at: request.previous.offset)
    guard own == request.previous else {
      tell(.mismatch(previous: request.previous, own: own))
      return .mismatch
    }
    // Not what the master says beyond this point: only up to here is it known to be the same entries.
    log.noteCommit(min(request.commit, request.previous.offset))
    return .accepted
  }

  /// The first offset at which the log holds another entry; nil if it holds none of them or the same.
  /// - Parameter entries: continue a point of the log.
  func firstConflict(of entries: EntryRun, with log: some Log) throws(LogReadError) -> Offset? {
    var high = min(entries.last, log.end.last)
    guard entries.first <= high, try log.point(at: high) != entries.point(at: high) else { return nil }
    var low = entries.first.previous
    // Equal at `low`, different at `high`: a point is equal only if all before it are.
    while low.next < high {
      let middle = Offset((low.rawValue + high.rawValue) / 2)
      if try log.point(at: middle) == entries.point(at: middle) { low = middle } else { high = middle }
    }
    return high
  }

  /// Takes everything from a conflict on out of the log, unless it is known to be acknowledged.
  /// - Returns: what to answer if that could not be; nil if it is done.
  func setAside(
    from conflict: Offset, log: some Log, tell: (FollowerEvent) -> Void
  ) -> ReplicateAnswer.Outcome? {
    guard conflict > log.commitKnown else {
      tell(.divergedBelowCommit(offset: conflict, commit: log.commitKnown))
      return .diverged
    }
    let last = log.end.lastPoint
    do throws(LogRefusal) {
      try log.cut(after: conflict.previous)
    } catch {
      tell(.storageRefused(error))
      return .storage
    }
    tell(.tailSetAside(first: conflict, last: last.offset, epoch: last.epoch))
    return nil
  }

  /// Appends a run, and what was kept until it came.
  /// - Returns: what to answer if the log takes nothing; nil if the run is stored.
  mutating func extend(
    _ log: some Log, with run: EntryRun, tell: (FollowerEvent) -> Void
  ) -> ReplicateAnswer.Outcome? {
    do throws(LogRefusal) {
      if !run.isEmpty { try log.append(run) }
    } catch {
      tell(.storageRefused(error))
      // Too much waits for the disk: that is over in a moment, and says nothing about the disk.
      if case .busy = error { return .full }
      return .storage
    }
    while let more = gap.takeRun(after: log.end.lastPoint) {
      do throws(LogRefusal) {
        try log.append(more)
      } catch {
        // It is forgotten and comes again.
        tell(.storageRefused(error))
        break
      }
    }
    if !run.isEmpty { tell(.stored(first: run.first, last: log.end.last)) }
    return nil
  }

  /// The log is damaged (`log.trouble`): what is damaged and all that follows is set aside, and the master fills it
  /// again. The follower goes on as a new incarnation, since it holds less than it said before.
  ///
  /// To be called at start, before the first request, and whenever the log reports damage. Slow: it syncs.
  /// - Parameters:
  ///   - log: this follower's.
  ///   - newIncarnation: random.
  ///   - tell: takes what happened.
  /// - Returns: whether the log is whole again; false if there is no damage, or the disk refuses.
  @discardableResult
  public mutating func recoverFromDamage(
    log: some Log, newIncarnation: UInt64, tell: (FollowerEvent) -> Void
  ) -> Bool {
    guard case .damaged(let damage) = log.trouble, damage.offset > .zero else { return false }
    let last = log.end.last
    do throws(LogRefusal) {
      try log.cut(after: damage.offset.previous)
    } catch {
      tell(.storageRefused(error))
      return false
    }
    identity = NodeIdentity(node: identity.node, incarnation: newIncarnation)
    gap.removeAll()
    tell(.damageCut(damage, last: last))
    return true
  }
}
