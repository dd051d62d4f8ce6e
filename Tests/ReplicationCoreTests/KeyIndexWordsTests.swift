import Testing

@testable import ReplicationCore

/// An index comes back from its numbers as it was, or not at all.
@Suite struct KeyIndexWordsTests {
  private static func index(keys: Int) -> KeyIndex {
    var index = KeyIndex(recentMax: 20, filterBytes: 64)
    for number in 0..<keys {
      index.note(XXH64.hash(UInt64(number), seed: 3), at: Offset(UInt64(number) * 2 + 1))
    }
    return index
  }

  private static func read(_ words: [UInt64], count: Int, last: UInt64 = 1_000) -> KeyIndex? {
    KeyIndex(recentMax: 20, filterBytes: 64, count: count, words: words, last: Offset(last))
  }

  @Test(arguments: [0, 1, 19, 20, 21, 100]) func itComesBackAsItWas(keys: Int) {
    let index = Self.index(keys: keys)
    let words = index.words(0..<index.wordCount)
    #expect(words.count == 2 * min(keys, 20) + (keys > 20 ? 8 : 0))
    #expect(Self.read(words, count: index.count) == index)
    for end in 0...words.count {
      #expect(index.words(0..<end) + index.words(end..<words.count) == words)
    }
  }

  @Test func whatNoIndexIsLikeIsRefused() {
    let index = Self.index(keys: 50)
    let words = index.words(0..<index.wordCount)
    #expect(Self.read(words, count: 20) == index)
    for count in [21, 19, 0, -1] { #expect(Self.read(words, count: count) == nil) }
    #expect(Self.read(Array(words.dropLast()), count: 20) == nil && Self.read(words + [0], count: 20) == nil)
    #expect(Self.read([], count: 1) == nil)
    #expect(Self.read(words, count: 20, last: 98) == nil, "a key beyond the end")
    var twice = words
    twice[2] = twice[0]
    #expect(Self.read(twice, count: 20) == nil, "two keys with one hash")
    var unordered = words
    unordered[3] = unordered[1]
    #expect(Self.read(unordered, count: 20) == nil, "two keys at one offset")
    let few = Self.index(keys: 5)
    #expect(Self.read(few.words(0..<10) + Array(words.suffix(8)), count: 5) == nil, "older keys, and few recent ones")
  }
}
