@testable import LogStorage
import ReplicationCore
import Testing

@Suite struct DurableMarkFileTests {
  private let folder = TestFolder()

  private func mark(_ offset: UInt64) -> DurableMark {
    DurableMark(
      point: LogPoint(offset: Offset(offset), epoch: Epoch(1), hash: offset * 3), segment: Offset(1),
      position: 4096 + Int(offset) * 50, commit: Offset(offset / 2))
  }

  @Test func aNewFileSaysNothing() throws {
    let file = try DurableMarkFile.open(in: folder.files)
    #expect(file.wasMissing)
    #expect(file.latest == nil)
    #expect(file.problem == nil)
    #expect(try folder.bytes(of: "durable") == [UInt8](repeating: 0, count: 8192))
    #expect(try DurableMarkFile.inspect(in: folder.files) == DurableMarkFile.Content(isIncomplete: true))
  }

  @Test func theMarkWrittenLastIsTheOneThatIsRead() throws {
    for offset in 1...7 {
      let file = try DurableMarkFile.open(in: folder.files)
      try file.write(mark(UInt64(offset)))
      try file.sync()
      #expect(file.latest == mark(UInt64(offset)))
      #expect(try DurableMarkFile.open(in: folder.files).latest == mark(UInt64(offset)))
    }
  }

  @Test func aMarkMayFallAsItDoesInACut() throws {
    let file = try DurableMarkFile.open(in: folder.files)
    try file.write(mark(9))
    try file.write(mark(4))
    #expect(try DurableMarkFile.open(in: folder.files).latest == mark(4))
  }

  /// The write of a mark is torn at each place, from what was there before to the new.
  @Test func aTornWriteOfAMarkLeavesTheOneBefore() throws {
    let file = try DurableMarkFile.open(in: folder.files)
    var before = try folder.bytes(of: "durable")
    for offset in 1...4 as ClosedRange<UInt64> {
      try file.write(mark(offset))
      let after = try folder.bytes(of: "durable")
      let changed = try #require(before.indices.first { before[$0] != after[$0] }) / 4096 * 4096
      for cut in stride(from: 0, through: 4096, by: offset < 3 ? 7 : 61) {
        var torn = before
        torn.replaceSubrange(changed..<changed + cut, with: after[changed..<changed + cut])
        try folder.write(torn, to: "durable")
        let found = try DurableMarkFile.inspect(in: folder.files)
        let expected = torn == after ? mark(offset) : offset == 1 ? nil : mark(offset - 1)
        #expect(found?.latest == expected, "mark \(offset) torn at \(cut)")
      }
      try folder.write(after, to: "durable")
      before = after
    }
  }

  @Test func oneBrokenSlotIsToldAndBothBrokenLeaveNothing() throws {
    let file = try DurableMarkFile.open(in: folder.files)
    try file.write(mark(1))
    try file.write(mark(2))
    try folder.change("durable") { $0[4096 + 30] ^= 1 }
    let one = try DurableMarkFile.open(in: folder.files)
    #expect(one.latest == mark(1))
    #expect(one.problem == "slot 1: the checksum of the header is wrong")
    try folder.change("durable") { $0[30] ^= 1 }
    let both = try DurableMarkFile.open(in: folder.files)
    #expect(both.latest == nil)
    #expect(both.problem?.contains("slot 0") == true && both.problem?.contains("slot 1") == true)
  }

  @Test func afterABrokenSlotTheWholeOneIsNotOverwrittenFirst() throws {
    let file = try DurableMarkFile.open(in: folder.files)
    try file.write(mark(1))
    try file.write(mark(2))
    try folder.change("durable") { $0[30] ^= 1 }
    let again = try DurableMarkFile.open(in: folder.files)
    try again.write(mark(3))
    try folder.change("durable") { $0[30] ^= 1 }
    #expect(try DurableMarkFile.open(in: folder.files).latest == mark(2))
  }

  @Test func aFileCutByACrashDuringItsCreationIsMadeWhole() throws {
    for size in [0, 1, 4095, 4096, 8191] {
      try folder.write([UInt8](repeating: 0, count: size), to: "durable")
      let file = try DurableMarkFile.open(in: folder.files)
      #expect(file.problem == nil && file.latest == nil && !file.wasMissing)
      #expect(try folder.bytes(of: "durable").count == 8192)
    }
  }

  @Test func aFileCutWithinAMarkIsTold() throws {
    let file = try DurableMarkFile.open(in: folder.files)
    try file.write(mark(1))
    try folder.change("durable") { $0.removeLast(4096 + 3000) }
    #expect(try DurableMarkFile.inspect(in: folder.files)?.problem == "slot 0: the file ends within its header")
  }

  @Test func aFileCutBetweenItsMarksIsTold() throws {
    let file = try DurableMarkFile.open(in: folder.files)
    try file.write(mark(1))
    try file.write(mark(2))
    try folder.change("durable") { $0.removeLast(4096) }
    let content = try DurableMarkFile.inspect(in: folder.files)
    #expect(content?.latest == mark(1))
    #expect(content?.problem == "the file is too short")
  }

  @Test func aMarkFromTheFutureIsRefused() throws {
    let future = Block.encode(magic: "rlog-dur", version: 2, fields: [])
    try folder.write(future + [UInt8](repeating: 0, count: 4096), to: "durable")
    #expect(throws: StorageError.futureVersion(file: "durable", version: 2)) {
      try DurableMarkFile.open(in: folder.files)
    }
  }
}
