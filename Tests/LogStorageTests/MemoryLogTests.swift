import LogStorage
import ReplicationCore
import Testing

@Suite struct MemoryLogTests {
  private let epoch = Epoch(3)

  @Test func anEmptyLogHasNoEntryAndEndsAtZero() {
    let log = MemoryLog()
    #expect(log.end == LogEnd(last: .zero, durable: .zero, generation: 0))
    #expect(log.epoch(at: .zero) == Epoch.none)
    #expect(log.epoch(at: Offset(1)) == nil)
    #expect(log.runEnd(from: Offset(1), bytesMax: 100, entriesMax: 100) == nil)
    #expect(log.runEnd(from: .zero, bytesMax: 100, entriesMax: 100) == nil)
  }

  @Test func offsetsCountFromOneAndDurabilityIsToldWhenAsked() async {
    let log = MemoryLog()
    await confirmation { told in
      log.observeDurable { offset in
        #expect(offset == Offset(2))
        told()
      }
      #expect(log.append(payload: [1], epoch: epoch, time: 5) == Offset(1))
      #expect(log.append(payload: [], epoch: epoch, time: 6) == Offset(2))
      #expect(log.end.durable == .zero)
      log.sync()
    }
    #expect(log.end == LogEnd(last: Offset(2), durable: Offset(2), generation: 0))
  }

  @Test func whatIsReadIsWhatWasAppended() throws {
    let log = MemoryLog()
    _ = log.append(payload: Array("first".utf8), epoch: Epoch(1), time: 10)
    _ = log.append(payload: Array("second".utf8), epoch: Epoch(2), time: 11)
    let run = try log.read(from: Offset(1), through: Offset(2), generation: 0)
    var seen: [String] = []
    run.forEach { seen.append("\($0.offset) \($0.epoch) \($0.time) \(String(decoding: $0.payload, as: UTF8.self))") }
    #expect(seen == ["1 1 10 first", "2 2 11 second"])
    #expect(try EntryRun(checking: run.bytes, first: Offset(1), epochMax: Epoch(2)) == run)
  }

  @Test func anEmptiedLogStartsFromOneInANewGenerationAndEndsOlderReads() throws {
    let log = MemoryLog()
    _ = log.append(payload: [1], epoch: epoch, time: 0)
    log.sync()
    log.removeAll()
    #expect(log.end == LogEnd(last: .zero, durable: .zero, generation: 1))
    #expect(throws: LogWasReset()) { try log.read(from: Offset(1), through: Offset(1), generation: 0) }
    #expect(log.append(payload: [2], epoch: Epoch(9), time: 0) == Offset(1))
    #expect(log.epoch(at: Offset(1)) == Epoch(9))
    #expect(throws: LogWasReset()) { try log.read(from: Offset(1), through: Offset(1), generation: 0) }
    #expect(throws: Never.self) { try log.read(from: Offset(1), through: Offset(1), generation: 1) }
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

  @Test func manyThreadsMayAppendAndReadAtOnce() async throws {
    let log = MemoryLog()
    let each = 500
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<4 {
        group.addTask {
          for number in 0..<each {
            let offset = log.append(payload: [UInt8(task), UInt8(number % 256)], epoch: Epoch(1), time: 0)
            let run = try? log.read(from: offset, through: offset, generation: 0)
            #expect(run?.bytes.suffix(2) == [UInt8(task), UInt8(number % 256)])
          }
        }
      }
    }
    #expect(log.end.last == Offset(UInt64(4 * each)))
  }
}
