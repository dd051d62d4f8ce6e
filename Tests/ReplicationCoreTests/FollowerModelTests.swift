import LogStorage
import ReplicationCore
import Testing

/// A follower beside a dictionary, under random runs of the master's log that overlap, come twice and in any order.
@Suite struct FollowerModelTests {
  private static let mastership = Mastership(epoch: Epoch(5), startID: 1)
  private static let length: UInt64 = 60

  /// The master's log: the epoch of an entry rises once in the middle, as with a log that outlives a mastership.
  private static let entries: [Entry] = (1...length).map {
    Entry(offset: Offset($0), epoch: Epoch($0 < 30 ? 4 : 5), time: $0, payload: Array("text \($0 % 7)".utf8))
  }

  private static func bytes(_ range: ClosedRange<UInt64>) -> [UInt8] {
    var bytes: [UInt8] = []
    for entry in entries[Int(range.lowerBound - 1)...Int(range.upperBound - 1)] { entry.encode(into: &bytes) }
    return bytes
  }

  private static func request(_ range: ClosedRange<UInt64>) -> ReplicateRequest {
    let previous = range.lowerBound - 1
    return ReplicateRequest(
      mastership: mastership, previousOffset: Offset(previous),
      previousEpoch: previous == 0 ? .none : entries[Int(previous - 1)].epoch, commit: .zero, masterURL: "http://m",
      entries: EntryRun(first: Offset(range.lowerBound), last: Offset(range.upperBound), bytes: bytes(range)))
  }

  @Test(arguments: 1...60 as ClosedRange<UInt64>)
  func holdsWhatADictionaryHoldsWithoutGaps(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let log = MemoryLog()
    let hasRoom = random.number(0...3) > 0
    var follower = Follower(
      identity: NodeIdentity(node: NodeID(high: 1, low: 1), incarnation: 1), delay: .zero,
      gapBytesMax: hasRoom ? 1 << 20 : random.number(0...300))
    var held: Set<UInt64> = []
    var delayed: [ClosedRange<UInt64>] = []
    for _ in 0..<150 {
      let first = UInt64(random.number(1...Int(Self.length)))
      let range = first...min(Self.length, first + UInt64(random.number(0...9)))
      if follower.arrived(Self.request(range), log: log, tell: { _ in }) == .new { delayed.append(range) }
      if random.number(0...2) > 0, !delayed.isEmpty {
        let range = delayed.remove(at: random.number(0...delayed.count - 1))
        let outcome = follower.store(Self.request(range), log: log) { _ in }
        log.sync()
        #expect(outcome != .mismatch && outcome != .refused)
        #expect(hasRoom ? outcome != .full : true)
        if outcome != .full { held.formUnion(range) }
      }
      try compare(log, with: held, exactly: hasRoom)
      let answer = follower.answer(.accepted, log: log)
      #expect(answer.matchOffset == log.end.last)
    }
    // Whatever room it has: what is next is always taken.
    while log.end.last.rawValue < Self.length {
      let first = log.end.last.rawValue + 1
      let request = Self.request(first...min(Self.length, first + 6))
      let arrival = follower.arrived(request, log: log) { _ in }
      let outcome = follower.store(request, log: log) { _ in }
      #expect(arrival == .new)
      #expect(outcome == .accepted)
    }
    try compare(log, with: Set(1...Self.length), exactly: true)
  }

  /// The log is the dictionary's part without a gap; with little room it may be shorter, and still a prefix.
  private func compare(_ log: MemoryLog, with held: Set<UInt64>, exactly: Bool) throws {
    var contiguous: UInt64 = 0
    while held.contains(contiguous + 1) { contiguous += 1 }
    let last = log.end.last.rawValue
    #expect(last <= contiguous)
    if exactly { #expect(last == contiguous) }
    guard last > 0 else { return }
    let run = try log.read(from: Offset(1), through: Offset(last), generation: log.end.generation)
    #expect(run.bytes == Self.bytes(1...last))
  }

  /// Numbers by hand from the last to the second, then the first: each is kept, and closing the gap looks at each once.
  @Test func closingALongGapTakesTimeInProportionToIt() throws {
    var follower = Follower(
      identity: NodeIdentity(node: NodeID(high: 0, low: 1), incarnation: 1), delay: .zero, gapBytesMax: 64 << 20)
    let log = MemoryLog()
    let count: UInt64 = 60_000
    let start = ContinuousClock.now
    for offset in (1...count).reversed() {
      _ = follower.inject([0x6D], at: Offset(offset), log: log) { _ in }
    }
    #expect(log.end.last == Offset(count))
    // A scan of what is kept for each entry took 25 s.
    #expect(ContinuousClock.now - start < .seconds(5))
  }
}
