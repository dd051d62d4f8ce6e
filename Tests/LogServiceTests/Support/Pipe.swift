import Glibc

/// A pipe whose reading end the test reads when it wants to, and whose writing end it gives away.
final class Pipe {
  let writingEnd: Int32
  private let readingEnd: Int32

  init() throws {
    signal(SIGPIPE, SIG_IGN)
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw PipeFailure.noPipe(errno) }
    readingEnd = ends[0]
    writingEnd = ends[1]
    makeNonBlocking(readingEnd)
  }

  deinit {
    close(readingEnd)
    close(writingEnd)
  }

  /// Writes to a full pipe fail instead of waiting.
  func makeWritingNonBlocking() {
    makeNonBlocking(writingEnd)
  }

  /// What there is to read now.
  func read() -> [UInt8] {
    var all: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = Glibc.read(readingEnd, &piece, piece.count)
      if count <= 0 { return all }
      all += piece[..<count]
    }
  }

  private func makeNonBlocking(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }
}

enum PipeFailure: Error {
  case noPipe(Int32)
}
