import Testing

@testable import ReplicationCore

/// A key that was seen is never taken for new.
@Suite struct KeyIndexTests {
  private static func hash(_ number: Int) -> UInt64 { XXH64.hash(UInt64(number), seed: 77) }

  @Test func theLastKeysAreKnownExactlyAndOlderOnesAreNeverNew() {
    var index = KeyIndex(recentMax: 100, filterBytes: 1 << 13)
    for number in 1...1_000 { index.note(Self.hash(number), at: Offset(UInt64(number) * 3)) }
    #expect(index.count == 100)
    for number in 1...900 { #expect(index.place(of: Self.hash(number)) == .forgotten) }
    for number in 901...1_000 { #expect(index.place(of: Self.hash(number)) == .at(Offset(UInt64(number) * 3))) }
    let taken = (1_001...11_000).count { index.place(of: Self.hash($0)) != .nowhere }
    // 72 bits for each of 900 keys.
    #expect(taken < 10, "\(taken) of 10,000 new keys are taken for old ones")
  }

  @Test func withTheDefaultTwelveBitsForEachOldKeyOneNewKeyIn250IsTakenForOne() {
    var index = KeyIndex(recentMax: 1, filterBytes: 1 << 14)
    let keys = (1 << 17) / 12
    for number in 0...keys { index.note(Self.hash(number), at: Offset(UInt64(number) + 1)) }
    let taken = (1_000_000..<1_100_000).count { index.place(of: Self.hash($0)) == .forgotten }
    #expect(taken > 200 && taken < 800, "\(taken) of 100,000")
  }

  @Test func ofTwoEntriesWithOneKeyTheFirstCounts() {
    var index = KeyIndex(recentMax: 2, filterBytes: 8)
    index.note(1, at: Offset(1))
    index.note(1, at: Offset(2))
    #expect(index.place(of: 1) == .at(Offset(1)))
    #expect(index.count == 1)
  }

  @Test func anEmptyIndexKnowsNoKey() {
    let index = KeyIndex()
    #expect(index.place(of: 0) == .nowhere)
    #expect(index.place(of: .max) == .nowhere)
  }
}
