import Glibc
import Locking

/// Blocks the thread that runs a handler, until the test lets it go.
final class Holder: Sendable {
  private let descriptors: (read: Int32, write: Int32)
  private let holding = Locked(false)

  init() throws {
    var pair: [Int32] = [-1, -1]
    guard pipe(&pair) == 0 else { throw RawClient.Failure.notConnected(errno) }
    descriptors = (pair[0], pair[1])
  }

  deinit {
    close(descriptors.read)
    close(descriptors.write)
  }

  /// Whether a thread is held.
  var isHolding: Bool { holding.withLock { $0 } }

  /// Returns when the test says so.
  func hold() {
    holding.withLock { $0 = true }
    var byte: UInt8 = 0
    _ = read(descriptors.read, &byte, 1)
    holding.withLock { $0 = false }
  }

  /// Lets one go: the one that is held, or the next.
  func letGo() {
    var byte: UInt8 = 0
    _ = write(descriptors.write, &byte, 1)
  }
}
