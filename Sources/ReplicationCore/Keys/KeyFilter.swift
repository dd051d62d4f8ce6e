/// A Bloom filter: tells that something was certainly never inserted, or that it may have been. B. H. Bloom, "Space/time
/// trade-offs in hash coding with allowable errors" (1970); its places come from two hashes as in Kirsch and Mitzenmacher,
/// "Less hashing, same performance" (2006).
struct KeyFilter: Sendable {
  /// How many bits stand for one.
  private static let places: UInt64 = 5

  /// Made when the first is inserted.
  private(set) var words: [UInt64] = []
  private let wordCount: Int

  /// - Parameter bytes: its size, a power of two of at least 8.
  init(bytes: Int) {
    precondition(bytes >= 8 && bytes.nonzeroBitCount == 1, "a filter of \(bytes) bytes")
    wordCount = bytes / 8
  }

  /// - Parameters:
  ///   - bytes: its size.
  ///   - words: those of another one of this size.
  /// - Returns: nil if they are not as many as that has.
  init?(bytes: Int, words: [UInt64]) {
    self.init(bytes: bytes)
    guard words.isEmpty || words.count == wordCount else { return nil }
    self.words = words
  }

  mutating func insert(_ hash: UInt64) {
    if words.isEmpty { words = Array(repeating: 0, count: wordCount) }
    for bit in bits(of: hash) { words[bit >> 6] |= 1 << UInt64(bit & 63) }
  }

  func mayContain(_ hash: UInt64) -> Bool {
    !words.isEmpty && bits(of: hash).allSatisfy { words[$0 >> 6] & (1 << UInt64($0 & 63)) != 0 }
  }

  private func bits(of hash: UInt64) -> some Sequence<Int> {
    let mask = UInt64(wordCount) * 64 - 1
    let step = XXH64.hash(hash, seed: 1) | 1
    return (0..<Self.places).lazy.map { Int((hash &+ $0 &* step) & mask) }
  }
}
