import Glibc

/// Standard output in large pieces.
///
/// That nobody reads it any more, as behind `head`, is no error: what is left is dropped. That it can't be written, as on a
/// full disk, is one, which ``finish()`` throws.
final class StandardOutput {
  private static let bytesMax = 64 << 10
  private var bytes: [UInt8] = []
  private var isOpen = true
  private var failure: OutputFailure?

  /// Writes a text and the end of its line, and that is all.
  /// - Throws: `OutputFailure`
  static func tell(_ text: String) throws {
    let output = StandardOutput()
    output.write(Array("\(text)\n".utf8))
    try output.finish()
  }

  /// - Returns: whether there is a reason to write more.
  @discardableResult
  func write(_ line: [UInt8]) -> Bool {
    bytes += line
    if bytes.count >= Self.bytesMax { flush() }
    return isOpen
  }

  /// Hands over all that was written.
  /// - Returns: whether there is a reason to write more.
  @discardableResult
  func flush() -> Bool {
    var written = 0
    while isOpen, written < bytes.count {
      let count = bytes.withUnsafeBytes { raw in
        Glibc.write(STDOUT_FILENO, raw.baseAddress.map { $0 + written }, raw.count - written)
      }
      if count > 0 { written += count } else { note(errno) }
    }
    bytes = []
    return isOpen
  }

  /// Hands over all that was written.
  /// - Throws: `OutputFailure` if something of it, now or before, could not be written.
  func finish() throws {
    flush()
    if let failure { throw failure }
  }

  private func note(_ error: Int32) {
    switch error {
    case EINTR: break
    case EAGAIN:
      // Who shares the descriptor made it non-blocking.
      var descriptor = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
      poll(&descriptor, 1, -1)
    case EPIPE: isOpen = false
    default:
      isOpen = false
      failure = OutputFailure(error: error)
    }
  }
}

/// The standard output can't be written.
struct OutputFailure: Error, CustomStringConvertible {
  /// An `errno`.
  let error: Int32

  var description: String { "can't write the output: \(String(cString: strerror(error)))" }
}
