@testable import LogStorage
import ReplicationCore
import Testing

@Suite struct SegmentReadingTests {
  private let folder = TestFolder()

  /// Sizes from nothing to far above the index's spacing.
  private static func model(seed: UInt64, count: Int) -> TestLog {
    var generator = SplitMix(state: seed)
    var log = TestLog()
    for _ in 0..<count {
      let size = [0, 20, 100, 3000, 40_000][Int(generator.next() % 5)]
      log.append([UInt8](repeating: UInt8(truncatingIfNeeded: generator.next()), count: size))
    }
    return log
  }

  /// How the index comes to be.
  enum Index: CaseIterable { case none, noted, halfNoted, forgotten }

  @Test(arguments: Index.allCases, [1, 2, 3] as [UInt64])
  func whatIsReadIsWhatTheModelHolds(index: Index, seed: UInt64) throws {
    let log = Self.model(seed: seed, count: 150)
    let segment = try log.writeSegment(51, 140, in: folder.files, reserving: 4 << 20)
    if index != .none {
      for offset in 51...(index == .halfNoted ? 90 : 140) {
        segment.noteEntry(offset: Offset(UInt64(offset)), position: log.end(51, offset - 1).position)
      }
    }
    if index == .forgotten { segment.forgetIndex() }
    var generator = SplitMix(state: seed)
    for round in 0..<200 {
      let last = 51 + Int(generator.next() % 90)
      let from = 51 + Int(generator.next() % UInt64(last - 50))
      let through = from + Int(generator.next() % UInt64(last - from + 1))
      // The end's place may be the true one or any after it.
      let exact = log.end(51, last)
      let end = round % 2 == 0 ? exact : SegmentEnd(offset: exact.offset, position: 4 << 20)
      #expect(try segment.read(from: offset(from), through: offset(through), end: end) == log.run(from, through))
      #expect(try segment.point(at: offset(from), end: end) == log.points[from])
      let bytesMax = Int(generator.next() % 100_000)
      let entriesMax = 1 + Int(generator.next() % 30)
      let found = try segment.runEnd(from: offset(from), bytesMax: bytesMax, entriesMax: entriesMax, end: end)
      var expected = from
      while expected < last, expected - from + 1 < entriesMax, log.bytes(from, expected + 1).count <= bytesMax {
        expected += 1
      }
      #expect(found.last == offset(expected) && found.bytes == log.bytes(from, expected).count)
      // In one pass, with an end of its own, and on from there without a search.
      let until = min(expected, through)
      let run = try segment.run(
        from: offset(from), through: offset(through), bytesMax: bytesMax, entriesMax: entriesMax, end: end)
      #expect(run.entries == log.run(from, until))
      #expect(run.end == RunEnds.Place(position: log.end(51, until).position, previous: log.points[until]))
      guard until < last else { continue }
      let rest = try segment.run(
        from: offset(until + 1), through: offset(last), bytesMax: .max, entriesMax: .max, at: run.end, end: end)
      #expect(rest.entries == log.run(until + 1, last))
    }
    #expect(try segment.point(at: offset(50), end: log.end(51, 140)) == log.points[50])
  }

  @Test func anEntryOfSixteenMebibytesIsReadLikeAnyOther() throws {
    var log = TestLog(payloads: [[1]])
    log.append([UInt8](repeating: 5, count: 17 << 20))
    log.append([2])
    let segment = try log.writeSegment(1, 3, in: folder.files)
    #expect(try segment.read(from: offset(2), through: offset(3), end: log.end(1, 3)) == log.run(2, 3))
    #expect(try segment.runEnd(from: offset(2), bytesMax: 100, entriesMax: 9, end: log.end(1, 3)).last == offset(2))
    #expect(try segment.scan().point == log.end)
  }

  /// A bit of each byte of each entry in turn: no read gives out what was not written, and damage is named at its
  /// place.
  @Test func whatIsNotWhatWasWrittenIsNeverRead() throws {
    let log = TestLog(payloads: (0..<12).map { [UInt8](repeating: UInt8($0), count: Int($0) * 3) })
    let segment = try log.writeSegment(1, 12, in: folder.files, reserving: 20_000)
    let end = log.end(1, 12)
    for damaged in 1...12 {
      let begin = log.end(1, damaged - 1).position
      for byte in 0..<log.encoded[damaged - 1].count {
        let original = try segment.file.read(1, at: begin + byte)
        try segment.file.write([original[0] ^ (1 << UInt8(byte % 8))], at: begin + byte)
        segment.forgetIndex()
        let error = #expect(throws: LogReadError.self) {
          try segment.read(from: offset(damaged), through: offset(12), end: end)
        }
        guard case .damaged(let damage) = error else { throw error ?? .reset }
        #expect(damage.offset == offset(damaged) && damage.position == begin && damage.file == segment.name)
        #expect(throws: LogReadError.self) { try segment.read(from: offset(1), through: offset(damaged), end: end) }
        #expect(throws: LogReadError.self) { try segment.point(at: offset(damaged), end: end) }
        #expect(throws: LogReadError.self) {
          try segment.run(from: offset(1), through: offset(12), bytesMax: .max, entriesMax: .max, end: end)
        }
        #expect(throws: LogReadError.self) {
          try segment.run(from: offset(damaged), through: offset(12), bytesMax: 1, entriesMax: 1, end: end)
        }
        if damaged > 1 {
          let before = try segment.read(from: offset(1), through: offset(damaged - 1), end: end)
          #expect(before == log.run(1, damaged - 1))
        }
        try segment.file.write(original, at: begin + byte)
      }
    }
    #expect(try segment.read(from: offset(1), through: offset(12), end: end) == log.run(1, 12))
  }

  @Test func aFileThatWasCutOrZeroedIsDamage() throws {
    let log = Self.model(seed: 4, count: 60)
    let segment = try log.writeSegment(1, 60, in: folder.files)
    let cut = log.end(1, 29).position + 10
    try folder.change(segment.name) { $0.removeLast($0.count - cut) }
    let reopened = try Segment.open(segment.name, in: folder.files, isWritable: false)
    for last in [30, 60] {
      #expect(
        throws: LogReadError.damaged(
          LogDamage(
            file: segment.name, position: log.end(1, 29).position, offset: offset(30),
            reason: "the file ends within the header of entry 30"))
      ) { try reopened.read(from: offset(30), through: offset(last), end: log.end(1, 60)) }
    }
    #expect(try reopened.read(from: offset(3), through: offset(29), end: log.end(1, 29)) == log.run(3, 29))
    // All that is whole is read in one pass, too, although the file was believed to go on.
    for last in [3, 7, 20, 29] {
      let run = try reopened.run(
        from: offset(3), through: offset(last), bytesMax: .max, entriesMax: .max, end: log.end(1, 60))
      #expect(run.entries == log.run(3, last))
    }
    #expect(throws: LogReadError.self) {
      try reopened.run(from: offset(3), through: offset(30), bytesMax: .max, entriesMax: .max, end: log.end(1, 60))
    }
  }

  @Test func anEntryExchangedForThatOfAnotherHistoryIsNotRead() throws {
    let log = TestLog(payloads: [[1], [2], [3], [4]])
    let other = TestLog(id: LogID(high: 1, low: 1), payloads: [[1], [2], [3], [4]])
    let segment = try log.writeSegment(1, 4, in: folder.files)
    try segment.file.write(other.bytes(3, 3), at: log.end(1, 2).position)
    for first in 1...3 {
      #expect(throws: LogReadError.self) {
        try segment.read(from: offset(first), through: offset(3), end: log.end(1, 4))
      }
    }
    #expect(throws: LogReadError.self) { try segment.point(at: offset(3), end: log.end(1, 4)) }
  }

  /// After a cut, entries of other sizes are written over the old; no place of an old one is believed.
  @Test func anIndexForgetsWhatWasCutWhenNewEntriesAreNoted() throws {
    let old = Self.model(seed: 5, count: 80)
    let segment = try old.writeSegment(1, 80, in: folder.files, reserving: 8 << 20)
    _ = try segment.read(from: offset(80), through: offset(80), end: old.end(1, 80))
    var new = TestLog()
    for number in 1...20 { new.append(Array(old.encoded[number - 1][Entry.headerBytes...])) }
    #expect(new.end == old.points[20])
    try segment.file.truncate(to: old.end(1, 20).position)
    for number in 21...300 {
      new.append([UInt8](repeating: 3, count: number * 11), epoch: Epoch(8))
      segment.noteEntry(offset: offset(number), position: new.end(1, number - 1).position)
      try segment.file.write(new.encoded[number - 1], at: new.end(1, number - 1).position)
    }
    for number in 1...300 {
      #expect(
        try segment.read(from: offset(number), through: offset(number), end: new.end(1, 300)) == new.run(number, number)
      )
    }
  }

  @Test func manyThreadsMayReadWhileTheIndexIsBuilt() async throws {
    let log = Self.model(seed: 6, count: 200)
    let segment = try log.writeSegment(1, 200, in: folder.files)
    let wrong = await withTaskGroup(of: Int.self) { group in
      for task in 0..<8 {
        group.addTask {
          var wrong = 0
          for round in 0..<100 {
            let number = 1 + (round * 37 + task * 11) % 200
            if round % 17 == 0 { segment.forgetIndex() }
            let run = try? segment.read(from: offset(number), through: offset(number), end: log.end(1, 200))
            if run != log.run(number, number) { wrong += 1 }
          }
          return wrong
        }
      }
      return await group.reduce(0, +)
    }
    #expect(wrong == 0)
  }
}

private func offset(_ number: Int) -> Offset { Offset(UInt64(number)) }

/// A small generator with a seed. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
