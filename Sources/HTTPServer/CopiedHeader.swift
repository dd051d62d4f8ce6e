import Glibc

/// A word of a request's head to look for without regard to case.
struct CopiedHeader: Sendable {
  static let contentLength = CopiedHeader("content-length")
  static let transferEncoding = CopiedHeader("transfer-encoding")
  static let chunked = CopiedHeader("chunked")

  /// In lower case.
  let name: String
  private let bytes: [UInt8]

  init(_ name: String) {
    self.name = name.lowercased()
    bytes = Array(self.name.utf8)
  }

  /// Whether these bytes are the word.
  func matches(_ other: UnsafeRawBufferPointer) -> Bool {
    guard other.count == bytes.count, let start = other.baseAddress else { return false }
    return bytes.withUnsafeBytes { bytes in
      guard let own = bytes.baseAddress else { return false }
      return strncasecmp(own, start, bytes.count) == 0
    }
  }
}
