import Glibc

/// Standard output in large pieces.
final class StandardOutput {
  private static let bytesMax = 64 << 10
  private var bytes: [UInt8] = []
  private var isOpen = true

  /// - Returns: whether anybody still reads.
  @discardableResult
  func write(_ line: [UInt8]) -> Bool {
    bytes += line
    if bytes.count >= Self.bytesMax { flush() }
    return isOpen
  }

  /// Hands over all that was written.
  /// - Returns: whether anybody still reads.
  @discardableResult
  func flush() -> Bool {
    var written = 0
    while isOpen, written < bytes.count {
      let count = bytes.withUnsafeBytes { raw in
        Glibc.write(STDOUT_FILENO, raw.baseAddress.map { $0 + written }, raw.count - written)
      }
      if count > 0 { written += count } else if errno != EINTR { isOpen = false }
    }
    bytes = []
    return isOpen
  }
}
