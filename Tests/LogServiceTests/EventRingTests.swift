import ReplicationCore
import Testing

@testable import LogService

extension LogServiceTests {
  /// What is kept of the latest events, for all who follow.
  @Suite struct EventRingTests {
    /// A block of messages of so many bytes, which the ring doesn't look into.
    private func block(_ first: UInt64, _ last: UInt64, bytes: Int = 10) -> EventBlock {
      var run: [UInt8] = []
      var point = LogPoint(offset: Offset(first - 1), epoch: Epoch(1), hash: 0)
      for offset in first...last {
        let entry = Entry(
          offset: Offset(offset), epoch: Epoch(1), time: 0, payload: Array(repeating: 0x78, count: bytes))
        let single = EntryRun(entry, after: point)
        run.append(contentsOf: single.bytes)
        point = single.point(at: Offset(offset)) ?? point
      }
      return EventBlock(EntryRun(first: Offset(first), last: Offset(last), bytes: run), .text)
    }

    private func first(_ ring: EventRing, _ offset: UInt64, _ generation: UInt64 = 0) -> UInt64? {
      ring.block(at: Offset(offset), generation: generation)?.last.rawValue
    }

    @Test func aBlockIsFoundAtItsBeginningAndLimitsThoseThatDoNotBeginThere() {
      var ring = EventRing(bytesMax: 10_000)
      ring.add(block(5, 7), isNewest: true, generation: 0)
      ring.add(block(8, 8), isNewest: false, generation: 0)
      #expect(first(ring, 5) == 7 && first(ring, 8) == 8 && first(ring, 6) == nil && first(ring, 9) == nil)
      let limits = [(1, 4), (4, 4), (6, 7), (8, 8)] as [(UInt64, UInt64)]
      for (offset, limit) in limits { #expect(ring.limit(from: Offset(offset), generation: 0) == Offset(limit)) }
      #expect(ring.limit(from: Offset(9), generation: 0) == nil)
      #expect(first(ring, 5, 1) == nil && ring.limit(from: Offset(6), generation: 1) == nil, "another generation")
    }

    @Test func onlyWhatContinuesItOrIsNewerThanAllIsTakenIn() {
      var ring = EventRing(bytesMax: 10_000)
      ring.add(block(5, 7), isNewest: false, generation: 0)
      #expect(first(ring, 5) == nil, "one who is behind everything")
      ring.add(block(5, 7), isNewest: true, generation: 0)
      ring.add(block(1, 4), isNewest: false, generation: 0)
      ring.add(block(6, 7), isNewest: true, generation: 0)
      ring.add(block(10, 11), isNewest: false, generation: 0)
      #expect(first(ring, 5) == 7 && first(ring, 1) == nil && first(ring, 6) == nil && first(ring, 10) == nil)
      ring.add(block(10, 12), isNewest: true, generation: 0)
      #expect(first(ring, 5) == nil && first(ring, 10) == 12, "nobody followed meanwhile")
      ring.add(block(3, 4), isNewest: true, generation: 1)
      #expect(first(ring, 10, 1) == nil && first(ring, 3, 1) == 4, "the log was cut")
    }

    @Test func itsBytesHaveALimitAndTheLatestBlockStays() {
      var ring = EventRing(bytesMax: 10_000)
      for offset in 1...1_000 as ClosedRange<UInt64> {
        ring.add(block(offset, offset, bytes: 100), isNewest: true, generation: 0)
        #expect(ring.bytes <= 10_000)
        #expect(first(ring, offset) == offset)
      }
      #expect(first(ring, 1_000 - 40) != nil && first(ring, 1_000 - 80) == nil)
      ring.add(block(1_001, 1_001, bytes: 50_000), isNewest: true, generation: 0)
      #expect(first(ring, 1_001) == 1_001 && first(ring, 1_000) == nil)
      ring.add(block(1_002, 1_002), isNewest: true, generation: 0)
      #expect(ring.bytes <= 10_000 && first(ring, 1_002) == 1_002)
    }
  }
}
