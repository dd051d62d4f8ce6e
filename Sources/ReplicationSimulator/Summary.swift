public import ReplicationCore

/// What one simulation went through before everything converged.
public struct Summary: Sendable, Hashable {
  /// What it was drawn from.
  public let seed: UInt64
  /// How many events were handled, the invariants checked after each.
  public let steps: Int
  /// How many followers were configured.
  public let followers: Int
  /// How many messages the masters took.
  public internal(set) var added = 0
  /// How many clients were told that their write concern was reached.
  public internal(set) var released = 0
  /// The virtual time at the end.
  public let time: Interval
  /// How long everything took to converge after the last fault.
  public let convergence: Interval
  /// How often each fault happened.
  public let faults: [FaultKind: Int]
  /// How often the core told of each thing.
  public let happenings: [Happening: Int]

  /// One line.
  public var description: String {
    let faults = FaultKind.allCases.compactMap { kind in self.faults[kind].map { "\(kind.rawValue)=\($0)" } }
    return "seed=\(seed) followers=\(followers) steps=\(steps) added=\(added) released=\(released) "
      + "time=\(time.milliseconds)ms converged=\(convergence.milliseconds)ms \(faults.joined(separator: " "))"
  }
}
