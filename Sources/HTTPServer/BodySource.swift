import CMicroHTTPD

/// Hands a response's body out in the portions that the library asks for. The daemon's thread only.
final class BodySource {
  private let next: @Sendable () throws -> [UInt8]?
  private var piece: [UInt8] = []
  private var bytesSent = 0

  /// A body that comes in pieces.
  init(next: @escaping @Sendable () throws -> [UInt8]?) {
    self.next = next
  }

  /// A body that is there.
  init(whole: [UInt8]) {
    piece = whole
    next = { nil }
  }

  /// Copies the next bytes. Returns their number, more than 0, or one of the library's two codes for the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    // An empty piece is not the end, and 0 would make the library ask again at once: look for the next one.
    while bytesSent == piece.count {
      do {
        guard let next = try next() else { return cmhd_end_of_stream }
        piece = next
        bytesSent = 0
      } catch {
        return cmhd_end_with_error
      }
    }
    let count = min(buffer.count, piece.count - bytesSent)
    piece.withUnsafeBytes { piece in
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: piece[bytesSent..<bytesSent + count]))
    }
    bytesSent += count
    return count
  }
}
