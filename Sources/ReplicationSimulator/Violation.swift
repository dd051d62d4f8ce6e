public import ReplicationCore

/// An invariant did not hold. Thrown by `Simulation.run`; the seed replays it.
public struct Violation: Error, Sendable, CustomStringConvertible {
  /// What the simulation was drawn from.
  public let seed: UInt64
  /// The virtual time.
  public let time: Instant
  /// The invariant, in words.
  public let invariant: String
  /// The values that break it.
  public let detail: String
  /// The last steps before, the oldest first.
  public let steps: [String]

  /// Several lines for a person to read.
  public var description: String {
    """
    seed \(seed): at \(Interval(nanoseconds: time.nanoseconds).milliseconds) ms this does not hold: \(invariant)
      \(detail)
    the last steps:
    \(steps.map { "  \($0)\n" }.joined())
    """
  }
}
