import Dispatch
import Glibc
import Locking

/// Writes log lines to a descriptor from a queue of its own, so that a reader of the log who stops reading holds up
/// nobody. What doesn't fit in the buffer is dropped and counted.
public final class LogWriter: Sendable {
  /// How many bytes wait to be written at most.
  public static let bufferBytesMax = 4 << 20

  private struct Buffer {
    var bytes: [UInt8] = []
    var dropped = 0
  }

  private let descriptor: Int32
  private let buffer = Locked(Buffer())
  private let queue = DispatchQueue(label: "log")

  /// - Parameter descriptor: open for writing, for as long as the process runs.
  public init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  /// Adds a line. Any thread; never blocks.
  /// - Parameter line: with its line break.
  func write(_ line: [UInt8]) {
    let wasEmpty = buffer.withLock { buffer in
      guard buffer.bytes.count + line.count <= Self.bufferBytesMax else {
        buffer.dropped += 1
        return false
      }
      let wasEmpty = buffer.bytes.isEmpty
      buffer.bytes += line
      return wasEmpty
    }
    if wasEmpty { queue.async { self.drain() } }
  }

  /// Waits until everything is written, a second at most. For the end of the process.
  public func flush() {
    let written = DispatchGroup()
    queue.async(group: written) { self.drain() }
    _ = written.wait(timeout: .now() + 1)
  }

  private func drain() {
    let bytes = buffer.withLock { buffer in
      var bytes = buffer.bytes
      if buffer.dropped > 0 {
        bytes += "(\(buffer.dropped) log lines dropped: the log was not read fast enough)\n".utf8
      }
      buffer = Buffer()
      return bytes
    }
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written)
      }
      if count < 0 {
        // Somebody else who has the descriptor may have made it non-blocking.
        let code = errno
        guard code == EINTR || code == EAGAIN else { return }
        if code == EAGAIN { waitForRoom() }
      }
      written += max(0, count)
    }
  }

  private func waitForRoom() {
    var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    poll(&entry, 1, -1)
  }
}
