/// An index as numbers, to be kept: hash and offset of each recent key, the oldest first, then the filter, if there is one.
extension KeyIndex {
  /// How many numbers it is: a filter that is in use always has all of its own.
  public var wordCount: Int { 2 * order.count + older.words.count }

  /// Some of the numbers.
  /// - Parameter range: within 0 and `wordCount`.
  public func words(_ range: Range<Int>) -> [UInt64] {
    let recentEnd = 2 * order.count
    var words: [UInt64] = []
    words.reserveCapacity(range.count)
    for place in range where place < recentEnd {
      let hash = recent(place / 2)
      words.append(place % 2 == 0 ? hash : offsets[hash, default: .zero].rawValue)
    }
    let older = max(range.lowerBound, recentEnd) - recentEnd..<max(range.upperBound, recentEnd) - recentEnd
    words += self.older.words[older]
    return words
  }

  /// - Parameters:
  ///   - recentMax: as that of the index whose numbers they are.
  ///   - filterBytes: the same.
  ///   - count: how many recent keys there are among the numbers.
  ///   - words: all of them.
  ///   - last: no key has a higher offset.
  /// - Returns: nil if no index has these numbers.
  public init?(recentMax: Int, filterBytes: Int, count: Int, words: [UInt64], last: Offset) {
    self.init(recentMax: recentMax, filterBytes: filterBytes)
    guard (0...recentMax).contains(count), words.count >= 2 * count,
      let older = KeyFilter(bytes: filterBytes, words: Array(words[(2 * count)...])),
      // What is older was pushed out by what came later.
      older.words.isEmpty || count == recentMax
    else { return nil }
    self.older = older
    offsets.reserveCapacity(count)
    order.reserveCapacity(count)
    var before = Offset.zero
    for place in 0..<count {
      let (hash, offset) = (words[2 * place], Offset(words[2 * place + 1]))
      guard offset > before, offset <= last, offsets.updateValue(offset, forKey: hash) == nil else { return nil }
      order.append(hash)
      before = offset
    }
  }
}

extension KeyIndex: Equatable {
  /// Whether both know the same of all keys, and will after any others.
  public static func == (one: KeyIndex, other: KeyIndex) -> Bool {
    one.recentMax == other.recentMax && one.filterBytes == other.filterBytes && one.count == other.count
      && one.words(0..<one.wordCount) == other.words(0..<other.wordCount)
  }
}
