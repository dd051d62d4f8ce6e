import Glibc
import Locking

/// A guest whose turns are the test's closure.
final class TestGuest: LoopGuest {
  private let pipe: (read: Int32, write: Int32)
  private let body: @Sendable () -> LoopTurn

  init(_ body: @escaping @Sendable () -> LoopTurn) {
    var ends: [Int32] = [-1, -1]
    precondition(Glibc.pipe(&ends) == 0, "pipe: \(String(cString: strerror(errno)))")
    pipe = (ends[0], ends[1])
    self.body = body
  }

  deinit {
    close(pipe.read)
    close(pipe.write)
  }

  var descriptor: Int32 { pipe.read }

  func turn() -> LoopTurn { body() }

  /// Makes the descriptor readable, until it is read once.
  func makeReadable() {
    var byte: UInt8 = 0
    write(pipe.write, &byte, 1)
  }

  /// Takes back one `makeReadable`.
  func read() {
    var byte: UInt8 = 0
    Glibc.read(pipe.read, &byte, 1)
  }
}
