import Dispatch
import Glibc
import LogStorage
import Locking
import ReplicationCore
import SimulatedDisk
import Testing

/// `--sync never`: what is pending is written by whoever asks for it, and all that takes longer by the storage thread.
@Suite struct DiskLogUnsyncedTests {
  private static var options: DiskLogOptions {
    var options = DiskLogTesting.options
    options.sync = .never
    options.checkBytesPerSecond = 0
    return options
  }

  private static func append(to log: DiskLog, bytes: Int = 10) throws {
    _ = try log.append(payload: [UInt8](repeating: 1, count: bytes), epoch: Epoch(1), time: 0)
    log.sync()
  }

  /// Waits for the storage thread.
  private static func wait(_ what: Comment, until condition: () -> Bool) {
    let end = ContinuousClock.now + .seconds(20)
    while !condition(), ContinuousClock.now < end { usleep(1000) }
    #expect(condition(), what)
  }

  @Test func whoAsksWritesAndIsToldBeforeTheCallReturns() throws {
    let log = try DiskLogTesting.begin(SimulatedDisk(), Self.options)
    try log.start()
    defer { log.close() }
    let caller = pthread_self()
    let toldHere = Locked(0)
    log.observe { if pthread_self() == caller { toldHere.withLock { $0 += 1 } } }
    // The storage thread may have the files for a while, and ends its work if nothing is appended.
    Self.wait("who asks is told") {
      (try? Self.append(to: log)) != nil && toldHere.withLock { $0 } > 0
    }
    Self.wait("all is there") { log.end.durable == log.end.last }
  }

  @Test func aSegmentsEndIsLeftToTheStorageThreadWhichNobodyWaitsFor() throws {
    let disk = SimulatedDisk()
    let log = try DiskLogTesting.begin(disk, Self.options)
    try log.start()
    defer { log.close() }
    let caller = pthread_self()
    let held = Locked(0)
    let syncedHere = Locked(false)
    let pass = DispatchSemaphore(value: 0)
    disk.fail { operation in
      guard operation.kind == .sync else { return nil }
      if pthread_self() == caller { syncedHere.withLock { $0 = true } }
      held.withLock { $0 += 1 }
      _ = pass.wait(timeout: .now() + 10)
      held.withLock { $0 -= 1 }
      return nil
    }
    for _ in 0..<100 where held.withLock({ $0 }) == 0 {
      try Self.append(to: log, bytes: 1000)
      Self.wait("it is there, or the segment is synced") {
        log.end.durable == log.end.last || held.withLock { $0 } > 0
      }
    }
    let before = log.end.last
    try Self.append(to: log)
    #expect(held.withLock { $0 } == 1, "the segment's sync has not ended, and nobody waited for it")
    #expect(log.end.durable < before)
    disk.fail(nil)
    pass.signal()
    Self.wait("all is there") { log.end.durable == before.next }
    #expect(!syncedHere.withLock { $0 })
  }

  @Test func aWriteThatFailsIsTriedAgainByTheStorageThread() throws {
    let disk = SimulatedDisk()
    let log = try DiskLogTesting.begin(disk, Self.options)
    try log.start()
    defer { log.close() }
    for _ in 0..<50 { try Self.append(to: log) }
    Self.wait("all is there") { log.end.durable == Offset(50) }
    let failures = Locked(0)
    disk.fail { operation in
      let isFirst =
        operation.kind == .write
        && failures.withLock { failures in
          defer { failures += 1 }
          return failures == 0
        }
      return isFirst ? DiskLogTesting.broken : nil
    }
    try Self.append(to: log)
    Self.wait("it is there, in another segment") { log.end.durable == Offset(51) && log.trouble == nil }
    #expect(failures.withLock { $0 } > 1)
  }
}
