import Glibc
import Locking
import LogStorage
import ReplicationCore
import SimulatedDisk
import Testing

@Suite struct DiskLogFaultTests {
  private let payload = [UInt8](repeating: 5, count: 100)

  private func append(_ log: DiskLog) throws -> Offset { try log.append(payload: payload, epoch: Epoch(1), time: 0) }

  private func segments(_ disk: SimulatedDisk) -> [String] { disk.names().filter { $0.hasPrefix("0000") }.sorted() }

  @Test(arguments: [DiskOperation.Kind.write, .sync])
  func afterAFailureNothingIsAcknowledgedUntilItIsInANewSegment(kind: DiskOperation.Kind) throws {
    let disk = SimulatedDisk()
    let log = try DiskLogTesting.begin(disk)
    try log.fill(4)
    let told = Locked(0)
    log.observe { told.withLock { $0 += 1 } }
    disk.fail { $0.kind == kind || $0.kind == .create ? DiskLogTesting.broken : nil }
    #expect(try append(log) == Offset(5))
    let pending = log.end.lastPoint
    #expect(log.commitOnce())
    #expect(log.end.durable == Offset(4))
    guard case .failing? = log.trouble else { throw LogRefusal.failing("no trouble") }
    #expect(told.withLock { $0 } == 1)
    #expect(throws: LogRefusal.self) { try append(log) }
    #expect(!log.commitOnce())
    #expect(log.end.durable == Offset(4))
    // The file that failed is not written or synced again.
    let name = segments(disk)[0]
    disk.fail { $0.name == name && ($0.kind == .write || $0.kind == .sync) ? DiskLogTesting.broken : nil }
    log.commitAll()
    #expect(log.trouble == nil)
    #expect(log.end.durablePoint == pending)
    #expect(segments(disk).count == 2)
    #expect(try append(log) == Offset(6))
    log.commitAll()
    let again = try DiskLogTesting.open(disk.powerLoss(keeping: .nothing))
    #expect(again.end.last == Offset(6))
    #expect(try again.point(at: Offset(5)) == pending)
  }

  @Test func whatIsPendingWhileTheDiskFailsCanBeCut() throws {
    let disk = SimulatedDisk()
    let log = try DiskLogTesting.begin(disk)
    try log.fill(4)
    disk.fail { $0.isChange ? DiskLogTesting.broken : nil }
    for _ in 0..<3 { _ = try append(log) }
    log.commitAll()
    // It is out, and that will be durable before anything else is appended.
    #expect(throws: LogRefusal.self) { try log.cut(after: Offset(5)) }
    #expect(log.end.last == Offset(5))
    #expect(throws: LogRefusal.self) { try append(log) }
    // What was durable can't be taken out: it could not be set aside.
    let end = log.end
    #expect(throws: LogRefusal.self) { try log.cut(after: Offset(2)) }
    #expect(log.end == end)
    disk.fail(nil)
    log.commitAll()
    #expect(log.end.durable == Offset(5))
    try log.cut(after: Offset(2))
    #expect(log.end.durable == Offset(2))
    #expect(try DiskLogTesting.open(disk.powerLoss(keeping: .nothing)).end.last == Offset(2))
  }

  @Test func aFullDiskRefusesBeforeAnOffsetIsGivenAndEndsByItself() throws {
    let disk = SimulatedDisk()
    let log = try DiskLogTesting.begin(disk)
    let told = Locked(0)
    log.observe { told.withLock { $0 += 1 } }
    disk.setCapacity(60_000)
    var count = 0
    do {
      while true {
        _ = try append(log)
        count += 1
        log.commitAll()
      }
    } catch let refusal as LogRefusal {
      #expect(refusal == .full(bytesNeeded: 148))
    }
    #expect(count > 150)
    #expect(log.trouble == .full)
    // All that was taken is durable.
    #expect(log.end.durable == Offset(UInt64(count)))
    #expect(log.end.last == Offset(UInt64(count)))
    let before = told.withLock { $0 }
    log.commitOnce()
    #expect(told.withLock { $0 } == before + 1)
    #expect(throws: LogRefusal.full(bytesNeeded: 148)) { try append(log) }
    #expect(try log.everything().count == count * 148)
    disk.setCapacity(nil)
    log.commitOnce()
    #expect(log.trouble == nil)
    #expect(told.withLock { $0 } == before + 2)
    #expect(try append(log) == Offset(UInt64(count + 1)))
    log.commitAll()
    let again = try DiskLogTesting.open(disk.powerLoss(keeping: .nothing))
    #expect(again.end.last == Offset(UInt64(count + 1)))
  }

  @Test func aLogOpensOnAFullDiskAndTakesEntriesWhenThereIsSpace() throws {
    let disk = SimulatedDisk(capacity: 18_000)
    let log = try DiskLogTesting.open(disk)
    #expect(log.trouble == .full)
    #expect(throws: LogRefusal.full(bytesNeeded: 148)) { try append(log) }
    disk.setCapacity(nil)
    log.commitAll()
    #expect(log.trouble == nil)
    #expect(try append(log) == Offset(1))
  }

  @Test func spaceIsTakenInPiecesAndInSmallerOnesWhereItIsShort() throws {
    var options = DiskLogOptions()
    options.reservePieceBytes = 1 << 20
    let disk = SimulatedDisk()
    let log = try DiskLogTesting.begin(disk, options)
    let reserves = Locked<[Int]>([])
    disk.fail { operation in
      if operation.kind == .reserve { reserves.withLock { $0.append(operation.number) } }
      return nil
    }
    // The segment began with one piece.
    try log.fill(2000, bytes: 1000, batch: 100)
    #expect(reserves.withLock { $0.count } <= 2)
    reserves.withLock { $0 = [] }
    let used = (3 << 20) + 4 * 4096
    disk.setCapacity(used + 500_000)
    #expect(throws: LogRefusal.full(bytesNeeded: 1048)) { try log.fill(2000, bytes: 1000, batch: 100) }
    // Every byte was used but for less than one entry.
    #expect(reserves.withLock { $0.count } > 4)
    #expect(Int(log.end.last.rawValue + 1) * 1048 + 4096 > (3 << 20) + 500_000)
  }

  @Test func bytesThatWaitForTheirFirstSyncHaveALimit() throws {
    let log = try DiskLogTesting.begin(SimulatedDisk())
    let busy = LogRefusal.busy(bytesMax: 64 << 10)
    var count = 0
    #expect(throws: busy) {
      while true {
        _ = try append(log)
        count += 1
      }
    }
    #expect(count == (64 << 10) / 148)
    #expect(log.trouble == nil)
    log.commitAll()
    #expect(try append(log) == Offset(UInt64(count + 1)))
    log.commitAll()
    // One that is larger than the limit is taken alone.
    _ = try log.append(payload: [UInt8](repeating: 1, count: 100_000), epoch: Epoch(1), time: 0)
    #expect(throws: busy) { try append(log) }
  }

  @Test func cutEntriesAreSetAsideAsASegment() throws {
    let disk = SimulatedDisk()
    let log = try DiskLogTesting.begin(disk)
    try log.fill(150, bytes: 200)
    let bytes = try log.everything()
    let generation = log.end.generation
    try log.cut(after: Offset(60))
    #expect(throws: LogReadError.reset) { try log.read(from: Offset(1), through: Offset(2), generation: generation) }
    let aside = disk.names().filter { $0.hasPrefix("aside-1-") }
    #expect(aside.contains("aside-1-61-1.log"))
    #expect(aside.count > 1)
    #expect(try log.everything() == Array(bytes.prefix(60 * 248)))
    try log.fill(3, epoch: 2)
    try log.cut(after: .zero)
    #expect(log.end.lastPoint == LogPoint(beginning: DiskLogTesting.identity.log))
    try log.fill(3, epoch: 3)
    #expect(try DiskLogTesting.open(disk.powerLoss(keeping: .nothing)).end.lastPoint == log.end.lastPoint)
  }

  @Test func anEmptyLogTakesAnotherIdAndAHandFilledOneAfterACut() throws {
    let disk = SimulatedDisk()
    let log = try DiskLogTesting.open(disk)
    try log.fill(3, epoch: 0)
    log.noteCommit(Offset(2))
    try log.cut(after: .zero)
    try log.setIdentity(DiskLogTesting.identity)
    #expect(log.end.lastPoint == LogPoint(beginning: DiskLogTesting.identity.log))
    #expect(log.commitKnown == .zero)
    try log.fill(2)
    let again = try DiskLogTesting.open(disk.powerLoss(keeping: .nothing))
    #expect(again.trouble == nil)
    #expect(again.identity == DiskLogTesting.identity)
    #expect(again.end.lastPoint == log.end.lastPoint)
  }

  @Test func aPromiseThatCouldNotBeStoredIsNotGiven() throws {
    let disk = SimulatedDisk()
    let log = try DiskLogTesting.begin(disk)
    let promise = LogIdentity(log: DiskLogTesting.identity.log, promise: Mastership(epoch: Epoch(7), startID: 1))
    disk.fail { $0.kind == .sync ? DiskLogTesting.broken : nil }
    #expect(throws: LogRefusal.self) { try log.setIdentity(promise) }
    #expect(log.identity == DiskLogTesting.identity)
    disk.fail(nil)
    try log.setIdentity(promise)
    #expect(try DiskLogTesting.open(disk.powerLoss(keeping: .nothing)).identity == promise)
  }

  @Test func withoutSyncsEntriesOutliveTheProcessAndAClosedLogThePowerLoss() throws {
    var options = DiskLogTesting.options
    options.sync = .never
    let disk = SimulatedDisk()
    let log = try DiskLogTesting.begin(disk, options)
    let syncs = disk.counts.syncs
    try log.fill(10)
    #expect(disk.counts.syncs == syncs)
    #expect(log.end.durable == Offset(10))
    let lost = try DiskLogTesting.open(disk.powerLoss(keeping: .nothing), options)
    #expect(lost.trouble == nil)
    #expect(lost.end.last == .zero)
    #expect(try DiskLogTesting.open(disk.killed(), options).end.last == Offset(10))
    try log.fill(200, bytes: 500)
    let some = try DiskLogTesting.open(disk.powerLoss(keeping: .nothing), options)
    #expect(some.trouble == nil)
    #expect(some.end.last > Offset(100))
    log.close()
    #expect(try DiskLogTesting.open(disk.powerLoss(keeping: .nothing), options).end.last == Offset(210))
  }
}
