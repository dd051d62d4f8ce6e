import LogStorage
import ReplicationCore
import Testing

@Suite struct MemoryLogTests {
  private let epoch = Epoch(3)
  private let beginning = LogPoint(beginning: .none)

  @Test func anEmptyLogHasNoEntryAndEndsAtTheBeginning() {
    let log = MemoryLog()
    #expect(log.end == LogEnd(lastPoint: beginning, durablePoint: beginning, generation: 0))
    #expect(log.point(at: .zero) == beginning)
    #expect(log.point(at: Offset(1)) == nil)
    #expect(log.runEnd(from: Offset(1), bytesMax: 100, entriesMax: 100) == nil)
    #expect(log.runEnd(from: .zero, bytesMax: 100, entriesMax: 100) == nil)
  }

  @Test func offsetsCountFromOneAndDurabilityIsToldWhenAsked() async {
    let log = MemoryLog()
    await confirmation { told in
      log.observe { [weak log] in
        #expect(log?.end.durable == Offset(2))
        told()
      }
      #expect(log.append(payload: [1], epoch: epoch, time: 5) == Offset(1))
      #expect(log.append(payload: [], epoch: epoch, time: 6) == Offset(2))
      #expect(log.end.durable == .zero)
      log.sync()
    }
    #expect(log.end.last == Offset(2))
    #expect(log.end.durablePoint == log.end.lastPoint)
    #expect(log.end.generation == 0)
  }

  @Test func whatIsReadIsWhatWasAppended() throws {
    let log = MemoryLog()
    _ = log.append(payload: Array("first".utf8), epoch: Epoch(1), time: 10)
    _ = log.append(payload: Array("second".utf8), epoch: Epoch(2), time: 11)
    let run = try log.read(from: Offset(1), through: Offset(2), generation: 0)
    var seen: [String] = []
    run.forEach { seen.append("\($0.offset) \($0.epoch) \($0.time) \(String(decoding: $0.payload, as: UTF8.self))") }
    #expect(seen == ["1 1 10 first", "2 2 11 second"])
    #expect(try EntryRun(checking: run.bytes, after: beginning, epochMax: Epoch(2)) == run)
    #expect(log.point(at: Offset(2)) == run.point(at: Offset(2)))
  }

  @Test func aLongRunIsOnePieceOfMemory() throws {
    // Below, at and above the size of a piece of the log's own, and the small ones that go on after it.
    let sizes = Array(repeating: 1_000, count: 1_500) + [1 << 20, 10, (1 << 20) - 48, 1, 3 << 20, 524_240, 524_240, 5]
    let alone = MemoryLog()
    for (index, size) in sizes.enumerated() {
      _ = alone.append(payload: [UInt8](repeating: UInt8(index % 251), count: size), epoch: epoch, time: UInt64(index))
    }
    let last = alone.end.last
    let run = try alone.read(from: Offset(1), through: last, generation: 0)
    let together = MemoryLog()
    together.append(run)
    #expect(together.end == alone.end)
    #expect(try together.read(from: Offset(1), through: last, generation: 0) == run)
    for begin in sizes.indices {
      let offset = Offset(UInt64(begin + 1))
      #expect(together.point(at: offset) == alone.point(at: offset))
      // As far as the limits allow.
      var end = begin
      var bytes = sizes[begin] + Entry.headerBytes
      while end + 1 < min(sizes.count, begin + 1_000), bytes + sizes[end + 1] + Entry.headerBytes <= 1 << 20 {
        end += 1
        bytes += sizes[end] + Entry.headerBytes
      }
      let found = together.runEnd(from: offset, bytesMax: 1 << 20, entriesMax: 1_000)
      #expect(found?.last == Offset(UInt64(end + 1)) && found?.bytes == bytes)
    }
    #expect(together.append(payload: [7], epoch: epoch, time: 0) == last.next)
  }

  @Test func shortRunsLieAsTheirEntriesAppendedAloneDo() throws {
    let alone = MemoryLog()
    let together = MemoryLog()
    for number in 1...1_500 as ClosedRange<UInt64> {
      let size = number % 7 == 0 ? 30_000 : 1_000
      _ = alone.append(payload: [UInt8](repeating: UInt8(number % 251), count: size), epoch: epoch, time: number)
      guard number % 25 == 0 else { continue }
      together.append(try alone.read(from: Offset(number - 24), through: Offset(number), generation: 0))
      #expect(together.end == LogEnd(lastPoint: alone.end.lastPoint, durablePoint: beginning, generation: 0))
    }
    for offset in (1...1_500).map({ Offset($0) }) {
      #expect(together.point(at: offset) == alone.point(at: offset))
      let ends = [alone, together].map { $0.runEnd(from: offset, bytesMax: 1 << 20, entriesMax: 1_000) }
      #expect(ends[0]?.last == ends[1]?.last)
      #expect(ends[0]?.bytes == ends[1]?.bytes)
    }
  }

  @Test func aCutLogGoesOnFromThereInANewGenerationAndEndsOlderReads() throws {
    let log = MemoryLog()
    _ = log.append(payload: [1], epoch: epoch, time: 0)
    let kept = log.end.lastPoint
    _ = log.append(payload: [2], epoch: epoch, time: 0)
    log.sync()
    log.cut(after: Offset(1))
    #expect(log.end == LogEnd(lastPoint: kept, durablePoint: kept, generation: 1))
    #expect(throws: LogReadError.reset) { try log.read(from: Offset(1), through: Offset(1), generation: 0) }
    #expect(log.append(payload: [3], epoch: Epoch(9), time: 0) == Offset(2))
    #expect(log.point(at: Offset(2))?.epoch == Epoch(9))
    #expect(throws: LogReadError.reset) { try log.read(from: Offset(1), through: Offset(1), generation: 0) }
    #expect(throws: Never.self) { try log.read(from: Offset(1), through: Offset(2), generation: 1) }
    log.cut(after: .zero)
    #expect(log.end == LogEnd(lastPoint: beginning, durablePoint: beginning, generation: 2))
  }

  @Test func aCutThatTakesNothingOutChangesNothing() {
    let log = MemoryLog()
    _ = log.append(payload: [1], epoch: epoch, time: 0)
    let end = log.end
    log.cut(after: Offset(1))
    #expect(log.end == end)
  }

  @Test func logsWithOtherIdsShareNoPointAndAnEmptyOneMayChangeItsId() {
    let (log, other) = (MemoryLog(), MemoryLog())
    let promise = Mastership(epoch: epoch, startID: 7)
    log.setIdentity(LogIdentity(log: LogID(high: 1, low: 2), promise: promise))
    other.setIdentity(LogIdentity(log: LogID(high: 1, low: 3), promise: promise))
    #expect(log.identity.promise == promise)
    #expect(log.end.lastPoint == LogPoint(beginning: LogID(high: 1, low: 2)))
    #expect(log.end.lastPoint.hash != other.end.lastPoint.hash)
    for log in [log, other] { _ = log.append(payload: [1], epoch: epoch, time: 0) }
    #expect(log.end.lastPoint.hash != other.end.lastPoint.hash)
  }

  @Test func whatIsKnownToBeAcknowledgedNeverFalls() {
    let log = MemoryLog()
    log.noteCommit(Offset(3))
    log.noteCommit(Offset(2))
    #expect(log.commitKnown == Offset(3))
  }

  @Test func anEntryLargerThanAChunkIsStoredAndIsARunOfItsOwn() throws {
    let log = MemoryLog()
    let large = [UInt8](repeating: 7, count: 3 << 20)
    _ = log.append(payload: [1], epoch: epoch, time: 0)
    _ = log.append(payload: large, epoch: epoch, time: 0)
    _ = log.append(payload: [2], epoch: epoch, time: 0)
    let end = try #require(log.runEnd(from: Offset(2), bytesMax: 1, entriesMax: 10))
    #expect(end.last == Offset(2))
    #expect(end.bytes == large.count + Entry.headerBytes)
    let run = try log.read(from: Offset(1), through: Offset(3), generation: 0)
    #expect(run.bytes.count == large.count + 2 + 3 * Entry.headerBytes)
  }

  @Test func whatIsReadAndALongRunThatIsAppendedAreNotCopied() throws {
    func address(_ bytes: SharedBytes) -> UnsafeRawPointer? { bytes.withUnsafeBytes(\.baseAddress) }
    let master = MemoryLog()
    for number in 0..<5 as Range<UInt8> {
      _ = master.append(payload: [UInt8](repeating: number, count: 150_000), epoch: epoch, time: 0)
    }
    let run = try master.read(from: Offset(1), through: Offset(5), generation: 0)
    _ = master.append(payload: [9], epoch: epoch, time: 0)
    let again = try master.read(from: Offset(1), through: Offset(5), generation: 0)
    #expect(address(again.bytes) == address(run.bytes))
    let follower = MemoryLog()
    follower.append(run)
    let stored = try follower.read(from: Offset(2), through: Offset(5), generation: 0)
    #expect(address(stored.bytes) == address(run.after(Offset(1)).bytes))
    // What follows such a run goes on in memory of the log's own.
    _ = follower.append(payload: [9], epoch: epoch, time: 0)
    #expect(follower.end.lastPoint == master.end.lastPoint)
    #expect(Array(run.bytes) == Array(again.bytes))
  }

  @Test func manyThreadsMayAppendAndReadAtOnce() async throws {
    let log = MemoryLog()
    let each = 500
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<4 {
        group.addTask {
          for number in 0..<each {
            let offset = log.append(payload: [UInt8(task), UInt8(number % 256)], epoch: Epoch(1), time: 0)
            let run = try? log.read(from: offset, through: offset, generation: 0)
            #expect(run.map { Array($0.bytes).suffix(2) } == [UInt8(task), UInt8(number % 256)])
          }
        }
      }
    }
    #expect(log.end.last == Offset(UInt64(4 * each)))
  }
}
