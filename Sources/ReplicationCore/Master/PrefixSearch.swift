/// Looks for the last point that a follower's log has in common with the master's. One comparison tells whether two
/// logs are equal up to an offset, so that halving what is unknown finds it in log2(n) comparisons.
///
/// Invariant: common < bound; the logs are equal up to `common`, and not at `bound` (or one of them ends before it).
struct PrefixSearch: Sendable, Hashable {
  /// The highest offset at which the logs are known to be equal.
  private(set) var common = Offset.zero
  /// The lowest offset at which they are known not to be.
  private(set) var bound: Offset
  private var isHalving = false

  /// - Parameter length: where the shorter of the two logs ends.
  init(length: Offset) {
    bound = length.next
  }

  /// The next offset to compare: the end of the shorter log, then the middle. Nil when `common` is the answer.
  var probe: Offset? {
    guard common.next < bound else { return nil }
    return isHalving ? Offset((common.rawValue + bound.rawValue) / 2) : bound.previous
  }

  /// The logs are equal at `offset`.
  mutating func noteEqual(_ offset: Offset) {
    common = max(common, min(offset, bound.previous))
  }

  /// The logs differ at `offset`.
  mutating func noteDifferent(_ offset: Offset) {
    guard offset > common, offset < bound else { return }
    bound = offset
    isHalving = true
  }
}
