import Synchronization

/// Counts the bytes of all bodies being received against their common limit.
final class BodyBudget: Sendable {
  private let bytesMax: Int
  private let bytes = Atomic<Int>(0)

  init(bytesMax: Int) {
    self.bytesMax = bytesMax
  }

  /// The bytes taken and not given back.
  var bytesTaken: Int { bytes.load(ordering: .relaxed) }

  /// Takes `count` bytes; false, and nothing taken, when that would be too many.
  func take(_ count: Int) -> Bool {
    let total = bytes.add(count, ordering: .relaxed).newValue
    if total <= bytesMax { return true }
    giveBack(count)
    return false
  }

  /// Gives back bytes that were taken.
  func giveBack(_ count: Int) {
    let total = bytes.subtract(count, ordering: .relaxed).newValue
    precondition(total >= 0, "more body bytes given back than taken: \(total)")
  }
}
