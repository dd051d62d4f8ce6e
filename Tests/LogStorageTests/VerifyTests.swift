@testable import LogStorage
import ReplicationCore
import Testing

@Suite struct VerifyTests {
  private let folder = TestFolder()
  private let log = TestLog(payloads: (0..<30).map { [UInt8](repeating: UInt8($0), count: Int($0) * 5 % 40) })
  private let ranges = [1...10, 11...20, 21...30]
  private let names = [1, 11, 21].map { SegmentHeader.name(first: Offset($0)) }

  private func verify() throws -> VerifyReport { try Verify.run(folder.files) }

  @Test func aWholeFolderIsToldAsOne() throws {
    try log.writeFolder(folder, segments: ranges)
    var calls: [(Int, Int)] = []
    let report = try Verify.run(folder.files) { calls.append(($0, $1)) }
    #expect(report.isWhole && report.remarks == [] && report.tornTail == nil)
    #expect(report.entries == 30 && report.segments == 3 && report.bytes == log.bytes(1, 30).count)
    #expect(report.first == Offset(1) && report.last == Offset(30) && report.end == log.end)
    #expect(report.identity?.log == log.id && report.node == NodeID(high: 1, low: 2))
    #expect(report.durable == Offset(30) && report.commit == Offset(30))
    let total = 3 * TestLog.reservedBytes
    #expect(calls.first.map { $0 == (0, total) } == true && calls.last.map { $0 == (total, total) } == true)
  }

  @Test func aFolderWithoutASegmentOrWithAnEmptyOneIsWhole() throws {
    try log.writeFolder(folder, segments: [])
    #expect(try verify().isWhole)
    #expect(try verify().first == nil)
    try log.writeSegment(1, 0, in: folder.files, reserving: 10_000)
    #expect(try verify().isWhole)
    #expect(try verify().end == log.points[0])
  }

  @Test func aFolderWithoutALogIsAnError() throws {
    #expect(throws: StorageError.noLog) { try verify() }
    try folder.write([1], to: "something")
    #expect(throws: StorageError.self) { try verify() }
  }

  /// One bit of each byte that means something, in each file.
  @Test func aFlippedBitAnywhereIsFoundAndNamedByItsFile() throws {
    try log.writeFolder(folder, segments: ranges)
    for name in ["node-a", "node-b", "durable"] + names {
      let whole = try folder.bytes(of: name)
      let entriesEnd = SegmentHeader.first(ofName: name).map { first in
        log.end(Int(first.rawValue), Int(first.rawValue) + 9).position
      }
      // Headers are tried bit by bit elsewhere.
      let places = stride(from: 0, to: 4096, by: 101).map { $0 } + Array(4096..<max(4096, entriesEnd ?? whole.count))
      let step = name == "durable" ? 37 : 1
      for place in places where place < 4096 || place % step == 0 {
        try folder.change(name) { $0[place] ^= 1 << UInt8(place % 8) }
        let report = try verify()
        #expect(!report.isWhole, "\(name) \(place)")
        #expect(report.problems.contains { $0.file == name }, "\(name) \(place): \(report.problems)")
        try folder.write(whole, to: name)
      }
    }
    #expect(try verify().isWhole)
  }

  @Test func damageIsNamedWithFilePositionAndOffsetAndTheRestIsCheckedToo() throws {
    try log.writeFolder(folder, segments: ranges)
    let place = log.end(11, 14).position
    try folder.change(names[1]) { $0[place + 30] ^= 1 }
    let report = try verify()
    #expect(report.problems.map(\.file) == [names[1]])
    #expect(report.problems.first?.position == place && report.problems.first?.offset == Offset(15))
    #expect(report.last == Offset(14) && report.end == log.points[14])
    #expect(report.entries == 24)
    #expect(report.problems.first?.description.hasPrefix("\(names[1]), byte \(place), entry 15: ") == true)
  }

  @Test func aZeroedRangeIsFound() throws {
    try log.writeFolder(folder, segments: ranges)
    for name in names {
      let whole = try folder.bytes(of: name)
      for begin in stride(from: 0, to: 4096 + 500, by: 100) {
        try folder.change(name) { $0.replaceSubrange(begin..<begin + 300, with: repeatElement(0, count: 300)) }
        if try folder.bytes(of: name) != whole { #expect(try !verify().isWhole, "\(name) \(begin)") }
        try folder.write(whole, to: name)
      }
    }
  }

  @Test func aFileThatIsGoneIsFound() throws {
    try log.writeFolder(folder, segments: ranges)
    for name in ["node-a", "node-b", "durable"] + names {
      let whole = try folder.bytes(of: name)
      try folder.remove(name)
      #expect(try !verify().isWhole, "\(name)")
      try folder.write(whole, to: name)
    }
    for name in NodeFiles.names { try folder.remove(name) }
    #expect(try !verify().isWhole)
  }

  @Test func aFileThatIsCutIsFound() throws {
    try log.writeFolder(folder, segments: ranges)
    for name in ["node-a", "node-b", "durable"] + names {
      let whole = try folder.bytes(of: name)
      for size in [0, 1, 500, 4095, 4096, 4300] where size < whole.count {
        try folder.write(Array(whole[..<size]), to: name)
        #expect(try !verify().isWhole, "\(name) \(size)")
      }
      try folder.write(whole, to: name)
    }
  }

  @Test func filesThatWereSwappedAreFound() throws {
    try log.writeFolder(folder, segments: ranges)
    let all = ["node-a", "durable"] + names
    for (index, name) in all.enumerated() {
      for other in all[(index + 1)...] {
        let (one, two) = (try folder.bytes(of: name), try folder.bytes(of: other))
        try folder.write(two, to: name)
        try folder.write(one, to: other)
        #expect(try !verify().isWhole, "\(name) \(other)")
        try folder.write(one, to: name)
        try folder.write(two, to: other)
      }
    }
  }

  @Test func aSegmentOfAnotherLogIsFound() throws {
    try log.writeFolder(folder, segments: ranges)
    let other = TestLog(
      id: LogID(high: 5, low: 5), payloads: (0..<30).map { [UInt8](repeating: UInt8($0), count: Int($0) * 5 % 40) })
    for range in ranges {
      let name = SegmentHeader.name(first: Offset(UInt64(range.lowerBound)))
      let whole = try folder.bytes(of: name)
      try folder.remove(name)
      try other.writeSegment(range.lowerBound, range.upperBound, in: folder.files)
      let report = try verify()
      #expect(report.problems.contains { $0.file == name && $0.reason.contains("belongs to log") })
      try folder.write(whole, to: name)
    }
  }

  /// The same log, but an entry was written differently after a common beginning: each file alone is whole.
  @Test func aSegmentOfAnotherBranchIsFound() throws {
    try log.writeFolder(folder, segments: ranges)
    var branch = TestLog(payloads: (0..<15).map { [UInt8](repeating: UInt8($0), count: Int($0) * 5 % 40) })
    for _ in 15..<30 { branch.append([99]) }
    try folder.remove(names[2])
    try branch.writeSegment(21, 30, in: folder.files)
    let report = try verify()
    #expect(report.problems.first?.file == names[2] && report.last == Offset(20))
  }

  @Test func whatFollowsTheDurableEndIsATornTailAndNoDamage() throws {
    try log.writeFolder(folder, segments: ranges, durable: 27)
    let place = log.end(21, 28).position
    let end = log.end(21, 30).position
    try folder.change(names[2]) { $0[place + 20] ^= 1 }
    let report = try verify()
    #expect(report.isWhole)
    #expect(
      report.tornTail
        == .init(file: names[2], position: place, offset: Offset(29), bytes: end - place))
    #expect(report.last == Offset(28) && report.durable == Offset(27))
  }

  @Test func whatIsTornBeforeTheDurableEndIsDamage() throws {
    try log.writeFolder(folder, segments: ranges, durable: 29)
    try folder.change(names[2]) { $0[log.end(21, 28).position + 20] ^= 1 }
    let report = try verify()
    #expect(!report.isWhole && report.tornTail == nil)
    #expect(report.problems.first?.offset == Offset(29))
  }

  @Test func whatIsMissingBeforeTheDurableEndIsDamage() throws {
    try log.writeFolder(folder, segments: ranges)
    try folder.remove(names[2])
    try log.writeSegment(21, 25, in: folder.files, reserving: 9000)
    let report = try verify()
    #expect(report.problems.map(\.offset) == [Offset(26)] && report.last == Offset(25))
    try folder.remove(names[2])
    #expect(try verify().problems.map(\.offset) == [Offset(21)])
  }

  @Test func whatLiesBeyondTheBeginningOfTheNextSegmentIsNotLookedAt() throws {
    try log.writeFolder(folder, segments: [1...14, 11...30])
    try folder.change(names[0]) { $0[log.end(1, 12).position + 9] ^= 1 }
    let report = try verify()
    #expect(report.isWhole && report.entries == 30 && report.end == log.end)
  }

  @Test func aSegmentWhoseCreationWasNotFinishedIsNoDamage() throws {
    try log.writeFolder(folder, segments: [1...10, 11...30])
    let name = SegmentHeader.name(first: Offset(31))
    for content in [[], [UInt8](repeating: 0, count: 70_000)] {
      try folder.write(content, to: name)
      let report = try verify()
      #expect(report.isWhole && report.remarks.map(\.file) == [name] && report.last == Offset(30))
    }
    // With something in it, it held entries.
    try folder.change(name) { $0[5000] = 1 }
    #expect(try !verify().isWhole)
  }

  /// A crash while a log without entries took over another log's id.
  @Test func anEmptySegmentOfTheLogThatWasLeftIsNoDamage() throws {
    try log.writeFolder(folder, segments: [])
    let left = TestLog(id: .none, payloads: [[1]])
    try left.writeSegment(1, 0, in: folder.files, reserving: 9000)
    let report = try verify()
    #expect(report.isWhole && report.remarks.map(\.file) == [names[0]])
    // With an entry in it, it is none of this log's.
    try folder.remove(names[0])
    try left.writeSegment(1, 1, in: folder.files)
    #expect(try !verify().isWhole)
  }

  @Test func aMarkThatIsLostIsFound() throws {
    try log.writeFolder(folder, segments: ranges)
    let whole = try folder.bytes(of: "durable")
    for range in [0..<4096, 4096..<8192, 0..<8192] {
      try folder.change("durable") { $0.replaceSubrange(range, with: repeatElement(0, count: range.count)) }
      #expect(try verify().problems.map(\.file) == ["durable"])
      try folder.write(whole, to: "durable")
    }
    #expect(try verify().isWhole)
  }

  @Test func anOlderCopyOfTheNodeRecordIsARemark() throws {
    try log.writeFolder(folder, segments: ranges)
    let record = NodeRecord(
      node: NodeID(high: 1, low: 2),
      identity: LogIdentity(log: log.id, promise: Mastership(epoch: Epoch(8), startID: 1)),
      generation: 2)
    try folder.write(record.encoded(), to: "node-a")
    let report = try verify()
    #expect(report.isWhole && report.remarks.map(\.file) == ["node-b"] && report.identity == record.identity)
  }

  @Test func aMarkThatDoesNotFitTheLogIsFound() throws {
    try log.writeFolder(folder, segments: ranges, durable: 25)
    let point = LogPoint(offset: Offset(25), epoch: Epoch(3), hash: 1)
    let marks = [
      DurableMark(point: point, segment: Offset(21), position: log.end(21, 25).position, commit: .zero),
      DurableMark(point: log.points[25], segment: Offset(21), position: 4100, commit: .zero),
    ]
    for mark in marks {
      try DurableMarkFile.open(in: folder.files).write(mark)
      #expect(try verify().problems.map(\.file) == ["durable"])
    }
  }

  @Test func aFileFromTheFutureIsAnErrorAndNoDamage() throws {
    try log.writeFolder(folder, segments: ranges)
    let future = Block.encode(magic: "rlog-seg", version: 2, fields: [])
    try folder.write(future, to: names[1])
    #expect(throws: StorageError.futureVersion(file: names[1], version: 2)) { try verify() }
  }

  @Test func verifyingChangesNothing() throws {
    try log.writeFolder(folder, segments: ranges)
    try folder.change("node-a") { $0[9] ^= 1 }
    try folder.change(names[1]) { $0[4200] ^= 1 }
    try folder.write([], to: SegmentHeader.name(first: Offset(31)))
    let before = try folder.names.map { try folder.bytes(of: $0) }
    _ = try verify()
    #expect(try folder.names.map { try folder.bytes(of: $0) } == before)
  }
}
