/// Texts that a person put on a follower before the ones that precede them. They become entries when their turn comes,
/// since an entry carries the hash of all before it. Bounded.
///
/// Invariant: `bytes` is what they would take as entries, and at most `bytesMax`.
struct EarlyTexts: Sendable {
  let bytesMax: Int
  private(set) var bytes = 0
  private var texts: [Offset: [UInt8]] = [:]

  init(bytesMax: Int) {
    self.bytesMax = bytesMax
  }

  var count: UInt64 { UInt64(texts.count) }

  /// The text that is kept for an offset.
  func text(at offset: Offset) -> [UInt8]? { texts[offset] }

  /// Keeps a text for an offset that has none.
  /// - Returns: whether there was room.
  mutating func insert(_ text: [UInt8], at offset: Offset) -> Bool {
    let size = Entry.headerBytes + text.count
    guard bytes + size <= bytesMax else { return false }
    bytes += size
    texts[offset] = text
    return true
  }

  /// Forgets the text at an offset, which has become an entry.
  mutating func remove(_ offset: Offset) {
    guard let text = texts.removeValue(forKey: offset) else { return }
    bytes -= Entry.headerBytes + text.count
  }

  mutating func removeAll() {
    texts = [:]
    bytes = 0
  }
}
