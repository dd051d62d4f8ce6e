@testable import LogStorage
import ReplicationCore
import Testing

@Suite struct SegmentScanTests {
  private let folder = TestFolder()
  /// Small entries and one that is larger than what a scan reads at once.
  private let log = TestLog(
    payloads: [[1], [], [UInt8](repeating: 7, count: 300), [4, 4], [UInt8](repeating: 9, count: 300_000)])
  private let name = SegmentHeader.name(first: Offset(1))

  /// Scans the segment file as it now is.
  private func scan(upTo last: UInt64? = nil) throws -> (offsets: [UInt64], positions: [Int], end: SegmentScanEnd) {
    let segment = try Segment.open(name, in: folder.files, isWritable: false)
    var offsets: [UInt64] = []
    var positions: [Int] = []
    let end = try segment.scan(upTo: last.map { Offset($0) }) { entry, position in
      offsets.append(entry.offset.rawValue)
      positions.append(position)
      return true
    }
    return (offsets, positions, end)
  }

  private func position(after last: Int) -> Int { log.end(1, last).position }

  @Test func aNewSegmentHoldsNothingButReservedSpace() throws {
    let segment = try log.writeSegment(1, 0, in: folder.files, reserving: 100_000)
    #expect(segment.name == name)
    #expect(try folder.bytes(of: name).count == 100_000)
    let (offsets, _, end) = try scan()
    #expect(offsets == [])
    #expect(end == SegmentScanEnd(position: 4096, point: log.points[0], cause: .zeros, brokenEnd: 4096))
  }

  @Test func aSegmentIsNotCreatedOverAnother() throws {
    try log.writeSegment(1, 5, in: folder.files)
    #expect(throws: FileError.self) { try log.writeSegment(1, 0, in: folder.files) }
    #expect(try scan().offsets == [1, 2, 3, 4, 5])
  }

  @Test(arguments: [0, 1 << 20])
  func allEntriesAreHandedOutWithTheirPlaces(reserving: Int) throws {
    try log.writeSegment(1, 5, in: folder.files, reserving: reserving)
    let (offsets, positions, end) = try scan()
    #expect(offsets == [1, 2, 3, 4, 5])
    #expect(positions == (0..<5).map { position(after: $0) })
    #expect(end.point == log.points[5])
    #expect(end.position == position(after: 5))
    #expect(end.cause == (reserving == 0 ? .fileEnd : .zeros))
  }

  @Test func aScanEndsAtItsLimitAndWhenItsCallerStopsIt() throws {
    let segment = try log.writeSegment(1, 5, in: folder.files)
    #expect(try scan(upTo: 3).offsets == [1, 2, 3])
    #expect(try scan(upTo: 3).end.cause == .limit)
    #expect(try scan(upTo: 0).end.position == 4096)
    let end = try segment.scan { entry, _ in entry.offset < Offset(2) }
    let place = position(after: 2)
    #expect(end == SegmentScanEnd(position: place, point: log.points[2], cause: .stopped, brokenEnd: place))
  }

  @Test func aScanGoesOnFromAnyPlaceBetweenEntries() throws {
    let segment = try log.writeSegment(1, 5, in: folder.files)
    for from in 0...5 {
      var offsets: [Int] = []
      let end = try segment.scan(from: (position(after: from), log.points[from])) { entry, _ in
        offsets.append(Int(entry.offset.rawValue))
        return true
      }
      #expect(offsets == Array(1...5).filter { $0 > from })
      #expect(end.point == log.points[5])
    }
  }

  /// Each bit of each small entry, and of the large one's header: the entry is not handed out, nor anything after it.
  @Test func everyFlippedBitOfAnEntryEndsTheScanBeforeIt() throws {
    let segment = try log.writeSegment(1, 5, in: folder.files, reserving: 320_000)
    for number in 1...5 {
      let begin = position(after: number - 1)
      for bit in 0..<min(log.encoded[number - 1].count, 60) * 8 {
        let original = log.encoded[number - 1][bit / 8]
        try segment.file.write([original ^ (1 << UInt8(bit % 8))], at: begin + bit / 8)
        let (offsets, _, end) = try scan()
        try segment.file.write([original], at: begin + bit / 8)
        #expect(offsets.count == number - 1, "entry \(number), bit \(bit)")
        #expect(end.position == begin && end.brokenEnd == position(after: 5), "entry \(number), bit \(bit)")
        guard case .broken = end.cause else {
          Issue.record("entry \(number), bit \(bit): \(end.cause)")
          continue
        }
      }
    }
  }

  /// A file cut at each byte of its last small entries, and the same with reserved space behind.
  @Test func aCutWithinAnEntryIsBrokenAndBetweenTwoIsTheEnd() throws {
    try log.writeSegment(1, 4, in: folder.files)
    let whole = try folder.bytes(of: name)
    let ends = (0...4).map { position(after: $0) }
    for size in 4096...whole.count {
      try folder.write(Array(whole[..<size]), to: name)
      let end = try scan().end
      let last = try #require(ends.lastIndex { $0 <= size })
      #expect(end.point == log.points[last])
      if ends.contains(size) { #expect(end.cause == .fileEnd) } else { #expect(end.brokenEnd <= size) }
      try folder.write(Array(whole[..<size]) + [UInt8](repeating: 0, count: 5000), to: name)
      let padded = try scan().end
      // Zeros may be just what an entry lacks at its end.
      let paddedLast = try #require(ends.lastIndex { $0 <= size || whole[size..<$0].allSatisfy { $0 == 0 } })
      #expect(padded.point == log.points[paddedLast])
      if ends[paddedLast] >= size { #expect(padded.cause == .zeros) } else { #expect(padded.cause != .zeros) }
    }
  }

  @Test func zerosWithSomethingAfterThemAreNoReservedSpace() throws {
    try log.writeSegment(1, 3, in: folder.files, reserving: 100_000)
    try folder.change(name) { $0[90_000] = 1 }
    let end = try scan().end
    #expect(end.brokenEnd == 90_001)
    #expect(end.position == position(after: 3))
    #expect(end.cause == .broken("zeros where entry 4 should be, and more after them"))
  }

  @Test func entriesOfAnotherHistoryAreNotTakenForTheNext() throws {
    let other = TestLog(id: LogID(high: 1, low: 1), payloads: [[1], [], [3]])
    let segment = try log.writeSegment(1, 2, in: folder.files)
    try segment.file.write(other.bytes(3, 3), at: position(after: 2))
    let end = try scan().end
    #expect(end.point == log.points[2])
    #expect(end.cause == .broken("entry 3 continues another history"))
  }

  @Test func aBogusSizeTakesNoMemoryBeyondTheFile() throws {
    let segment = try log.writeSegment(1, 2, in: folder.files, reserving: 10_000)
    var header = log.encoded[2]
    header.replaceSubrange(16..<20, with: [0xFF, 0xFF, 0xFF, 0xFF])
    try segment.file.write(header, at: position(after: 2))
    #expect(try scan().end.cause == .broken("the file ends within entry 3"))
  }

  @Test func aHeaderThatIsBrokenOrOfAnotherFileIsDamage() throws {
    try log.writeSegment(1, 3, in: folder.files)
    let whole = try folder.bytes(of: name)
    func failure() -> String? {
      do throws(StorageError) {
        _ = try Segment.open(name, in: try SystemFileSystem.openForReading(folder.path), isWritable: false)
        return nil
      } catch {
        return "\(error)"
      }
    }
    try folder.change(name) { $0[60] ^= 1 }
    #expect(failure() == "the log is damaged at offset 1 (\(name), byte 0): the checksum of the header is wrong")
    try folder.write([], to: name)
    #expect(failure()?.hasSuffix("the file ends within its header") == true)
    try folder.write(SegmentHeader(log: log.id, base: log.points[3]).encoded(), to: name)
    #expect(failure()?.hasSuffix("it holds the segment that begins with 4") == true)
    try folder.write(Block.encode(magic: "rlog-seg", version: 7, fields: []), to: name)
    #expect(failure() == "\(name) has format version 7, which a later version of this program wrote")
    try folder.write(whole, to: name)
    #expect(failure() == nil)
  }

  @Test func onlyASegmentThatNeverHeldAnEntryIsUnfinished() throws {
    let files = try folder.files
    for content in [[], [UInt8](repeating: 0, count: 100), [UInt8](repeating: 0, count: 50_000)] {
      try folder.write(content, to: name)
      #expect(try Segment.isUnfinished(name, in: files))
    }
    try folder.remove(name)
    try log.writeSegment(1, 0, in: files, reserving: 50_000)
    #expect(try !Segment.isUnfinished(name, in: files))
    try folder.change(name) { $0[0] = 0 }
    #expect(try Segment.isUnfinished(name, in: files))
    try folder.remove(name)
    try log.writeSegment(1, 3, in: files, reserving: 50_000)
    try folder.change(name) { $0[0] = 0 }
    #expect(try !Segment.isUnfinished(name, in: files))
  }
}
