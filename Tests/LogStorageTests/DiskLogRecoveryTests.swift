import Glibc
import Locking
import LogStorage
import ReplicationCore
import SimulatedDisk
import Testing

@Suite struct DiskLogRecoveryTests {
  /// A log of several segments that was closed, and its bytes.
  private func closedLog(entries: Int = 100) throws -> (disk: SimulatedDisk, bytes: [UInt8], end: LogPoint) {
    let disk = SimulatedDisk()
    let log = try DiskLogTesting.begin(disk)
    try log.fill(entries, bytes: 500)
    log.close()
    return (disk, try log.everything(), log.end.lastPoint)
  }

  private func segments(_ disk: SimulatedDisk) -> [String] { disk.names().filter { $0.hasPrefix("0000") }.sorted() }

  private func damage(_ log: DiskLog) -> LogDamage? {
    if case .damaged(let damage)? = log.trouble { damage } else { nil }
  }

  @Test func theNodeIsMadeOnceAndSurvivesThePowerLoss() throws {
    let disk = SimulatedDisk()
    let log = try DiskLog.open(in: disk, options: DiskLogTesting.options)
    let again = try DiskLog.open(in: disk.powerLoss(keeping: .nothing), options: DiskLogTesting.options)
    #expect(again.node == log.node)
    #expect(again.identity == .none)
    #expect(again.recovery.segments == 1)
    #expect(again.recovery.mended == [])
  }

  @Test func aFolderThatDoesNotSayWhichNodeItIsIsNotOpened() throws {
    let disk = try closedLog().disk
    disk.damage(.removed("node-a"))
    _ = try DiskLogTesting.open(disk.killed())
    disk.damage(.removed("node-b"))
    #expect(throws: StorageError.self) { try DiskLogTesting.open(disk.killed()) }
  }

  @Test func theStartReadsTheLastSegmentOnly() throws {
    let (disk, bytes, end) = try closedLog(entries: 2000)
    let reopened = disk.killed()
    let before = reopened.counts.bytesRead
    let log = try DiskLogTesting.open(reopened)
    #expect(log.end.lastPoint == end)
    let read = reopened.counts.bytesRead - before
    let headers = segments(disk).count * 4096
    #expect(read < headers + 80_000, "\(read) bytes of \(bytes.count)")
    #expect(log.recovery.segments == segments(disk).count)
    #expect(log.recovery.entriesScanned < 40)
  }

  @Test func aTornEndIsCutAndReported() throws {
    let disk = SimulatedDisk()
    let log = try DiskLogTesting.begin(disk)
    try log.fill(5)
    let end = log.end.lastPoint
    disk.record()
    try log.fill(1, bytes: 2000)
    let written = try #require(disk.history.first { $0.lastOperation?.kind == .write }).killed()
    let name = try #require(segments(written).last)
    let begin = 4096 + 5 * 148
    written.damage(.zeros(name, begin + 1500..<begin + 5000))
    let again = try DiskLogTesting.open(written)
    #expect(again.end.lastPoint == end)
    #expect(again.trouble == nil)
    let torn = try #require(again.recovery.tornTail)
    #expect(torn.file == name)
    #expect(torn.offset == Offset(6))
    #expect(torn.bytes == 1500)
    try again.fill(3)
    #expect(try DiskLogTesting.open(written.powerLoss(keeping: .nothing)).end.lastPoint == again.end.lastPoint)
  }

  @Test func damageInTheLastSegmentIsNotCutAndTheLogTakesNoMore() throws {
    let (disk, bytes, _) = try closedLog()
    let name = try #require(segments(disk).last)
    disk.damage(.flippedBit(name, position: 4096 + 100, bit: 3))
    let log = try DiskLogTesting.open(disk)
    let found = try #require(damage(log))
    #expect(found.file == name)
    #expect(found.offset == log.end.last.next)
    #expect(found.position == 4096)
    #expect(try log.everything() == Array(bytes.prefix(Int(log.end.last.rawValue) * 548)))
    #expect(throws: LogRefusal.damaged(found)) { try log.append(payload: [1], epoch: Epoch(9), time: 0) }
  }

  @Test(arguments: ["removed", "header", "entry", "zeros", "truncated", "swapped"])
  func damageOfAnySegmentIsFoundAndACutBeforeItHealsIt(kind: String) throws {
    let (whole, bytes, end) = try closedLog()
    let names = segments(whole)
    for (index, name) in names.enumerated() {
      let disk = whole.killed()
      switch kind {
      case "removed": disk.damage(.removed(name))
      case "header": disk.damage(.flippedBit(name, position: 20, bit: 1))
      case "entry": disk.damage(.flippedBit(name, position: 4096 + 800, bit: 1))
      case "zeros": disk.damage(.zeros(name, 4096 + 548 * 2..<4096 + 548 * 4))
      case "truncated": disk.damage(.truncated(name, size: 4096 + 700))
      default: disk.damage(.swapped(name, names[(index + 1) % names.count]))
      }
      let log = try DiskLogTesting.open(disk)
      let told = Locked(0)
      log.observe { told.withLock { $0 += 1 } }
      let wasKnown = log.trouble != nil
      log.checkSegments()
      let found = try #require(damage(log), "\(kind) of \(name)")
      #expect(wasKnown || told.withLock { $0 } == 1)
      // What comes before is whole, and what is damaged is never served.
      let before = Int(found.offset.rawValue - 1)
      if before > 0 {
        let run = try log.read(from: Offset(1), through: Offset(UInt64(before)), generation: log.end.generation)
        #expect(Array(run.bytes) == Array(bytes.prefix(before * 548)))
      }
      if found.offset <= log.end.last {
        #expect(throws: LogReadError.self) {
          try log.read(from: found.offset, through: found.offset, generation: log.end.generation)
        }
      }
      try log.cut(after: found.offset.previous)
      #expect(log.trouble == nil)
      #expect(log.end.last == found.offset.previous)
      // It is filled again, as a follower is.
      let missing = Array(bytes.dropFirst(before * 548))
      let run = try EntryRun(checking: SharedBytes(missing), after: log.end.lastPoint, epochMax: Epoch(1))
      try log.append(run)
      log.commitAll()
      let healed = try DiskLogTesting.open(disk.powerLoss(keeping: .nothing))
      healed.checkSegments()
      #expect(healed.trouble == nil)
      #expect(healed.end.lastPoint == end)
      #expect(try healed.everything() == bytes)
    }
  }

  @Test func damageThatAReaderFindsIsTroubleAndAppendsAreRefused() throws {
    let (disk, _, _) = try closedLog()
    disk.damage(.flippedBit(segments(disk)[1], position: 5000, bit: 0))
    let log = try DiskLogTesting.open(disk)
    #expect(log.trouble == nil)
    #expect(throws: LogReadError.self) { try log.everything() }
    let found = try #require(damage(log))
    #expect(throws: LogRefusal.damaged(found)) { try log.append(payload: [], epoch: Epoch(1), time: 0) }
  }

  @Test func withoutADurableMarkAWholeLogOpensAndATornOneIsDamaged() throws {
    let (disk, _, end) = try closedLog()
    for isRemoved in [true, false] {
      let whole = disk.killed()
      whole.damage(
        isRemoved ? .removed("durable") : .overwritten("durable", position: 0, bytes: Array(repeating: 7, count: 8192)))
      let torn = whole.killed()
      let log = try DiskLogTesting.open(whole)
      #expect(log.trouble == nil)
      #expect(log.end.lastPoint == end)
      #expect(log.recovery.mended.count == 1)
      let name = try #require(segments(torn).last)
      torn.damage(.flippedBit(name, position: 4200, bit: 0))
      #expect(damage(try DiskLogTesting.open(torn)) != nil)
    }
  }

  /// A sync fails, the process dies, the next one reads what never reached the disk from page cache, and the power fails.
  @Test func whatAFailedSyncLeftInPageCacheIsWrittenAgain() throws {
    let disk = SimulatedDisk(keepsLostBytesCached: true)
    let log = try DiskLogTesting.begin(disk)
    try log.fill(3)
    disk.fail { $0.kind == .sync || $0.kind == .create ? DiskLogTesting.broken : nil }
    _ = try log.append(payload: [1, 2, 3], epoch: Epoch(1), time: 0)
    log.commitOnce()
    #expect(log.end.durable == Offset(3))
    let again = disk.killed()
    let reopened = try DiskLogTesting.open(again)
    let durable = reopened.end.durablePoint
    #expect(try DiskLogTesting.open(again.powerLoss(keeping: .nothing)).end.lastPoint == durable)
  }
}
