import CMicroHTTPD

/// Hands a response's body out in the portions that the library asks for. The daemon's thread only.
final class BodySource {
  private let next: @Sendable () throws -> LivePiece
  /// Of a live body: where it waits.
  private let live: LiveConnection?
  private var piece: [UInt8] = []
  private var bytesSent = 0

  /// A body that comes in pieces.
  init(next: @escaping @Sendable () throws -> [UInt8]?) {
    self.next = { try next().map { .bytes($0) } ?? .end }
    live = nil
  }

  /// A body whose pieces come over time.
  init(live: LiveConnection, next: @escaping @Sendable () throws -> LivePiece) {
    self.next = next
    self.live = live
  }

  /// A body that is there.
  init(whole: [UInt8]) {
    piece = whole
    next = { .end }
    live = nil
  }

  /// Copies the next bytes. Returns their number, one of the library's two codes for the end, or 0 for a connection that
  /// was suspended: the library asks again when it is resumed.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    // An empty piece is not the end, and 0 would make the library ask again at once: look for the next one.
    while bytesSent == piece.count {
      // Who waits holds no bytes.
      piece = []
      bytesSent = 0
      if let end = live?.end { return end }
      // What comes from here on wakes it, whatever `next` has seen.
      let signal = live?.signal
      do {
        switch try next() {
        case .bytes(let bytes): piece = bytes
        case .end: return cmhd_end_of_stream
        case .nothing(let until):
          guard let live, let signal else { preconditionFailure("only a live body has nothing for now") }
          live.wait(until: until, since: signal)
          return 0
        }
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
