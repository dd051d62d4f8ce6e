import ReplicationCore
import Testing

@Suite struct VocabularyTests {
  @Test func offsetsCountEntriesBetweenThem() {
    #expect(Offset(7).distance(from: Offset(3)) == 4)
    #expect(Offset(3).distance(from: Offset(7)) == 0)
    #expect(Offset(3).next == Offset(4))
    #expect(Offset(3).previous == Offset(2))
  }

  @Test func aNodeIDIs32HexadecimalDigits() {
    #expect(NodeID(high: 0xAB, low: 1).description == "00000000000000ab0000000000000001")
    var random = SeededGenerator(seed: 1)
    let ids = (0..<100).map { _ in NodeID.random(using: &random) }
    #expect(Set(ids).count == 100)
  }

  @Test func intervalsConvertToAndFromDurations() {
    #expect(Interval(.milliseconds(1500)) == .milliseconds(1500))
    #expect(Interval.seconds(2).duration == .seconds(2))
    #expect(Interval(nanoseconds: 2_999_999).milliseconds == 2)
    #expect(Interval.seconds(5) / 20 == .milliseconds(250))
    #expect(Instant(nanoseconds: 5) - Instant(nanoseconds: 7) == Interval(nanoseconds: -2))
  }
}
