import Dispatch
import Locking
import SimulatedDisk

/// Holds up a disk's syncs of segments, on the thread that asks for them, until the test lets them end.
final class HeldSyncs: Sendable {
  private let begun = Locked(0)
  private let isOpen = Locked(false)
  private let pass = DispatchSemaphore(value: 0)

  /// How many have begun.
  var count: Int { begun.withLock { $0 } }

  init(of disk: SimulatedDisk) {
    disk.fail { [self] operation in
      guard operation.kind == .sync, operation.name.hasSuffix(".log") else { return nil }
      begun.withLock { $0 += 1 }
      if !isOpen.withLock({ $0 }) { pass.wait() }
      return nil
    }
  }

  /// One sync may end.
  func endOne() { pass.signal() }

  /// All may end from now on.
  func letGo() {
    isOpen.withLock { $0 = true }
    pass.signal()
  }
}
