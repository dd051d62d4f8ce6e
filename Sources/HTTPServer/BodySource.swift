import CMicroHTTPD

/// Hands a response's body out in the portions that the library asks for. The daemon's thread only.
final class BodySource {
  private let next: @Sendable () throws -> LivePiece
  /// Of a live body: where it waits.
  private let live: LiveConnection?
  /// Is told that more may be taken at once; nil in tests.
  private let loop: DaemonLoop?
  private var piece: [UInt8] = []
  private var bytesSent = 0
  /// The library's code for how the body ends, once that is known; sent after the bytes before it.
  private var ending: Int?

  /// A body that comes in pieces.
  init(in loop: DaemonLoop? = nil, next: @escaping @Sendable () throws -> [UInt8]?) {
    self.next = { try next().map { .bytes($0) } ?? .end }
    live = nil
    self.loop = loop
  }

  /// A body whose pieces come over time.
  init(in loop: DaemonLoop, live: LiveConnection, next: @escaping @Sendable () throws -> LivePiece) {
    self.next = next
    self.live = live
    self.loop = loop
  }

  /// A body that is there.
  init(in loop: DaemonLoop, whole: [UInt8]) {
    piece = whole
    next = { .end }
    live = nil
    self.loop = loop
  }

  /// Copies the next bytes, of as many pieces as there is room for. Returns their number, one of the library's two codes for
  /// the end, or 0 for a connection that was suspended: the library asks again when it is resumed.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    loop?.hasMore = true
    var count = 0
    while count < buffer.count {
      // An empty piece is not the end, and 0 would make the library ask again at once: look for the next one.
      if bytesSent == piece.count {
        // What a live body has is sent at once, and what comes after it only when that is gone.
        if count > 0, live != nil { break }
        guard ending == nil, take() else { break }
        continue
      }
      let portion = min(buffer.count - count, piece.count - bytesSent)
      piece.withUnsafeBytes { piece in
        UnsafeMutableRawBufferPointer(rebasing: buffer[count...]).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: piece[bytesSent..<bytesSent + portion]))
      }
      bytesSent += portion
      count += portion
    }
    return count > 0 ? count : ending ?? 0
  }

  /// Asks for the next piece. False: there is none, for now or for ever.
  private func take() -> Bool {
    // Who waits holds no bytes.
    piece = []
    bytesSent = 0
    ending = live?.end
    if ending != nil { return false }
    // What comes from here on wakes it, whatever `next` has seen.
    let signal = live?.signal
    do {
      switch try next() {
      case .bytes(let bytes): piece = bytes
      case .end: ending = cmhd_end_of_stream
      case .nothing(let until):
        guard let live, let signal else { preconditionFailure("only a live body has nothing for now") }
        live.wait(until: until, since: signal)
        return false
      }
    } catch {
      ending = cmhd_end_with_error
    }
    return ending == nil
  }
}
