import Glibc
import LogStorage
import SimulatedDisk

/// What goes wrong on one disk while it is used.
///
/// Sendable because the disk asks for it; a simulation lives on one thread.
final class DiskFaults: @unchecked Sendable {
  private var random: SplitMix64
  private unowned let disk: SimulatedDisk
  /// The share of writes, syncs and changes of names that fail.
  var failing = 0.0
  /// After how many changes the machine dies, in the middle of what it does then.
  private var dying: (changesLeft: Int, isPowerLoss: Bool)?
  /// What the death left; nil while it lives.
  private(set) var corpse: SimulatedDisk?

  init(of disk: SimulatedDisk, seed: UInt64) {
    self.disk = disk
    random = SplitMix64(seed: seed)
    disk.fail { [self] in decide($0) }
  }

  /// Lets the machine die in the middle of some later change.
  func die(afterChanges count: Int, isPowerLoss: Bool) {
    dying = (count, isPowerLoss)
  }

  /// Nothing fails any more.
  func heal() {
    failing = 0
    if corpse == nil { dying = nil }
  }

  private func decide(_ operation: DiskOperation) -> DiskFailure? {
    guard operation.isChange else { return nil }
    if let dying {
      if dying.changesLeft <= 1 {
        if corpse == nil { corpse = dying.isPowerLoss ? disk.crashed(using: &random) : disk.killed() }
        // It is over: whoever still asks must not believe that anything was done.
        return DiskFailure(EIO)
      }
      self.dying = (dying.changesLeft - 1, dying.isPowerLoss)
    }
    guard random.chance(failing) else { return nil }
    return DiskFailure(EIO, bytesWritten: operation.kind == .write ? random.number(0...600) : 0)
  }
}
