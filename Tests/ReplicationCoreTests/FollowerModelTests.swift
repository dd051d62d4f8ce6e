import LogStorage
import ReplicationCore
import Testing

/// A follower beside a dictionary, under random runs of its masters' logs that overlap, come twice and in any order.
@Suite struct FollowerModelTests {
  private static let length: UInt64 = 60
  private static let logID = LogID(high: 0, low: 1)

  /// A master's log of 60 entries.
  private struct History {
    let mastership: Mastership
    let log = MemoryLog()

    /// - Parameter shared: how many entries it has in common with `other`.
    init(epoch: UInt64, shared: UInt64 = 0, with other: History? = nil) throws {
      mastership = Mastership(epoch: Epoch(epoch), startID: 1)
      log.setIdentity(LogIdentity(log: FollowerModelTests.logID, promise: mastership))
      if let other, shared > 0 { log.append(try other.run(1...shared)) }
      while log.end.last.rawValue < FollowerModelTests.length {
        _ = log.append(payload: Array("text \(log.end.last.rawValue % 7)".utf8), epoch: Epoch(epoch), time: 0)
      }
    }

    func run(_ range: ClosedRange<UInt64>) throws -> EntryRun {
      try log.read(from: Offset(range.lowerBound), through: Offset(range.upperBound), generation: log.end.generation)
    }

    func request(_ range: ClosedRange<UInt64>, commit: UInt64 = 0) throws -> ReplicateRequest {
      let previous = try #require(log.point(at: Offset(range.lowerBound - 1)))
      return ReplicateRequest(
        mastership: mastership, log: FollowerModelTests.logID, previous: previous, commit: Offset(commit),
        masterURL: "http://m", entries: try run(range))
    }
  }

  private func range(using random: inout SeededGenerator) -> ClosedRange<UInt64> {
    let first = UInt64(random.number(1...Int(Self.length)))
    return first...min(Self.length, first + UInt64(random.number(0...9)))
  }

  private func follower(gapBytesMax: Int, log: some Log) -> Follower {
    Follower(
      identity: NodeIdentity(node: NodeID(high: 1, low: 1), incarnation: 1), delay: .zero, gapBytesMax: gapBytesMax,
      log: log)
  }

  @Test(arguments: 1...60 as ClosedRange<UInt64>)
  func holdsWhatADictionaryHoldsWithoutGaps(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    // The epoch of an entry rises once in the middle, as with a log that outlives a mastership.
    let master = try History(epoch: 5, shared: 30, with: History(epoch: 4))
    let log = MemoryLog()
    let hasRoom = random.number(0...3) > 0
    var follower = follower(gapBytesMax: hasRoom ? 1 << 20 : random.number(0...600), log: log)
    var held: Set<UInt64> = []
    var delayed: [ClosedRange<UInt64>] = []
    for _ in 0..<150 {
      let range = range(using: &random)
      if follower.arrived(try master.request(range), log: log, tell: { _ in }) == .new { delayed.append(range) }
      if random.number(0...2) > 0, !delayed.isEmpty {
        let range = delayed.remove(at: random.number(0...delayed.count - 1))
        let outcome = follower.store(try master.request(range), log: log) { _ in }
        log.sync()
        #expect(outcome == .accepted || outcome == .held || (outcome == .full && !hasRoom))
        if outcome != .full { held.formUnion(range) }
      }
      try compare(log, with: held, of: master, exactly: hasRoom)
      #expect(follower.answer(.accepted, log: log).end == log.end.lastPoint)
    }
    // Whatever room it has: what is next is always taken.
    while log.end.last.rawValue < Self.length {
      let first = log.end.last.rawValue + 1
      let request = try master.request(first...min(Self.length, first + 6))
      let arrival = follower.arrived(request, log: log) { _ in }
      let outcome = follower.store(request, log: log) { _ in }
      #expect(arrival == .new)
      #expect(outcome == .accepted)
    }
    try compare(log, with: Set(1...Self.length), of: master, exactly: true)
  }

  /// The log is the dictionary's part without a gap; with little room it may be shorter, and still a prefix.
  private func compare(_ log: MemoryLog, with held: Set<UInt64>, of master: History, exactly: Bool) throws {
    var contiguous: UInt64 = 0
    while held.contains(contiguous + 1) { contiguous += 1 }
    let last = log.end.last.rawValue
    #expect(last <= contiguous)
    if exactly { #expect(last == contiguous) }
    guard last > 0 else { return }
    let run = try log.read(from: Offset(1), through: Offset(last), generation: log.end.generation)
    #expect(run == (try master.run(1...last)))
  }

  /// Masters come one after the other, each with a log that parts from the one before at a random offset; late requests
  /// of the earlier ones come in between. The follower's log is always made of a prefix of the latest master's and of a
  /// tail of the one that it followed before, and what is known to be acknowledged stays.
  @Test(arguments: 1...150 as ClosedRange<UInt64>)
  func aLaterMastersWordCountsButNeverBelowWhatIsAcknowledged(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let log = StubbornLog()
    var follower = follower(gapBytesMax: 1 << 20, log: log)
    var masters = [try History(epoch: 1)]
    var delayed: [ReplicateRequest] = []
    var acknowledged: [LogPoint] = []
    for step in 1...300 {
      if step % 60 == 0, let last = masters.last {
        let shared = UInt64(random.number(0...Int(Self.length)))
        masters.append(try History(epoch: last.mastership.epoch.rawValue + 1, shared: shared, with: last))
      }
      let current = masters[masters.count - 1]
      let sender = random.number(0...9) == 0 ? masters[random.number(0...masters.count - 1)] : current
      let common = try self.common(log, current)
      let request = try sender.request(range(using: &random), commit: UInt64(random.number(0...Int(common))) / 2)
      switch follower.arrived(request, log: log, tell: { _ in }) {
      case .new: delayed.append(request)
      case .answer(let outcome): #expect(outcome != .foreign && outcome != .storage && outcome != .diverged)
      }
      if random.number(0...2) > 0, !delayed.isEmpty {
        let request = delayed.remove(at: random.number(0...delayed.count - 1))
        let before = (end: log.end, cuts: log.cuts, common: try self.common(log, current))
        let outcome = follower.store(request, log: log) { _ in }
        if outcome == .refused { #expect(log.end == before.end) }
        // It takes out entries only for the latest master, and never one that this master has too.
        if log.cuts > before.cuts { #expect(request.mastership == follower.promise) }
        if request.mastership == current.mastership { #expect(try self.common(log, current) >= before.common) }
        if outcome == .accepted, let last = request.entries.point(at: request.entries.last) {
          #expect(try log.point(at: last.offset) == last)
        }
      }
      if log.commitKnown > .zero, let point = try log.point(at: log.commitKnown) { acknowledged.append(point) }
      for point in acknowledged { #expect(try log.point(at: point.offset) == point) }
    }
  }

  /// Up to where two logs are equal.
  private func common(_ log: StubbornLog, _ master: History) throws -> UInt64 {
    var offset: UInt64 = 0
    while offset < Self.length, let point = try log.point(at: Offset(offset + 1)),
      point == master.log.point(at: Offset(offset + 1))
    {
      offset += 1
    }
    return offset
  }

  /// Numbers by hand from the last to the second, then the first: each is kept, and closing the gap looks at each once.
  @Test func closingALongGapTakesTimeInProportionToIt() throws {
    let log = MemoryLog()
    var follower = follower(gapBytesMax: 64 << 20, log: log)
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
