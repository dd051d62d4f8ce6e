/// What is there after a crash. Each disk returned is a new one: nothing is open on it, all that is there is durable, no call
/// fails, and it goes on counting operations where this one was.
extension SimulatedDisk {
  /// What a power loss keeps of what wasn't synced.
  public enum Survival: Hashable, Sendable {
    /// Neither bytes, nor lengths, nor names.
    case nothing
    /// All of them.
    case everything
  }

  /// What killing the process leaves: all that was written. What wasn't synced still isn't.
  public func killed() -> SimulatedDisk { SimulatedDisk(snapshot.killed()) }

  /// What a power loss leaves in one of the two simple cases.
  public func powerLoss(keeping survival: Survival) -> SimulatedDisk {
    let choices = CrashChoices(snapshot)
    return SimulatedDisk(choices.disk(keeping: Array(repeating: survival == .everything, count: choices.count)))
  }

  /// What a power loss may leave; the generator decides about each unsynced piece.
  public func crashed(using generator: inout some RandomNumberGenerator) -> SimulatedDisk {
    let choices = CrashChoices(snapshot)
    return SimulatedDisk(choices.disk(keeping: choices.random(using: &generator)))
  }

  /// What a power loss may leave, each state once: all of them if they are not too many, otherwise those in which mistakes
  /// show most, and random ones.
  /// - Parameters:
  ///   - limit: the number of states, at least 2.
  ///   - generator: chooses where there are more.
  public func crashStates(limit: Int, using generator: inout some RandomNumberGenerator) -> [SimulatedDisk] {
    let choices = CrashChoices(snapshot)
    var seen: Set<Int> = []
    var disks: [SimulatedDisk] = []
    func add(_ choice: [Bool]) {
      guard disks.count < limit else { return }
      let disk = choices.disk(keeping: choice)
      if seen.insert(choices.fingerprint(of: disk)).inserted { disks.append(SimulatedDisk(disk)) }
    }
    if choices.count < 20, 1 << choices.count <= limit {
      choices.all.forEach(add)
      return disks
    }
    let corners = choices.corners
    corners.prefix(2).forEach(add)
    corners.dropFirst(2).shuffled(using: &generator).prefix(limit * 3 / 4).forEach(add)
    for _ in 0..<2 * limit where disks.count < limit { add(choices.random(using: &generator)) }
    return disks
  }
}
