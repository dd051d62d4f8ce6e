import Glibc
import LogStorage
import ReplicationCore
import SimulatedDisk
import Testing

/// Each run is recorded; then the power fails after each operation on the disk, in each way that it can.
@Suite("A log comes back from every crash as it promised")
struct CrashStateTests {
  @Test func whileItIsMade() throws {
    let run = try CrashRun()
    run.setIdentity(epoch: 1)
    run.append(2)
    run.commit()
    expectPromisesKept(run, limit: 200, atLeast: 150)
  }

  @Test func whileItIsAppendedTo_andRolls() throws {
    let run = try CrashRun()
    run.setIdentity(epoch: 1)
    for round in 0..<12 {
      run.append(1 + round % 3, bytes: [10, 300, 700][round % 3])
      run.noteCommit(Offset(UInt64(round)))
      if round % 4 != 2 { run.commit() }
    }
    run.append(1, bytes: 9000)
    run.commit(2)
    run.append(3)
    run.close()
    expectPromisesKept(run, limit: 80, atLeast: 1500)
  }

  @Test func whileItsIdentityChanges() throws {
    let run = try CrashRun()
    for epoch in 1...4 as ClosedRange<UInt64> {
      run.setIdentity(epoch: epoch)
      run.append()
      if epoch % 2 == 0 { run.commit() }
    }
    expectPromisesKept(run, limit: 80, atLeast: 300)
  }

  /// Within the last segment, across segments, all of it, and only what was not durable yet.
  @Test func whileEntriesAreCut() throws {
    let run = try CrashRun()
    run.setIdentity(epoch: 1)
    var epoch: UInt64 = 1
    for keep in [7, 5, 0, 11] as [UInt64] {
      for _ in 0..<5 {
        run.append(3, bytes: 500)
        run.commit()
      }
      run.append(2)
      epoch += 1
      run.setIdentity(epoch: epoch)
      run.cut(after: Offset(keep))
      run.append(2)
      run.commit()
    }
    run.append(2)
    run.cut(after: run.log.end.durable)
    run.append(1)
    run.commit()
    expectPromisesKept(run, limit: 25, atLeast: 2000)
  }

  @Test func whileItIsClosedAndOpened() throws {
    let run = try CrashRun()
    run.setIdentity(epoch: 1)
    for round in 0..<5 {
      run.append(3, bytes: 400)
      run.commit(round % 2)
      try run.reopen(isClosed: round < 3)
    }
    expectPromisesKept(run, limit: 60, atLeast: 400)
  }

  /// Then durable only means written: a kill loses nothing, and after a power loss the log is whole, but shorter.
  @Test func withoutSyncs_aKillLosesNothing_andAPowerLossOnlyTheEnd() throws {
    let run = try CrashRun(sync: .never)
    run.setIdentity(epoch: 1)
    for round in 0..<8 {
      run.append(2, bytes: 400)
      run.commit()
      if round == 5 { run.cut(after: Offset(9)) }
    }
    var check = CrashCheck(seed: 1)
    for moment in run.disk.history {
      guard let operation = moment.lastOperation, var promise = run.promises[operation.number] else { continue }
      check.check([moment.killed()], promise, "killed after \(operation)")
      for index in promise.histories.indices { promise.histories[index].durable = .zero }
      check.check(moment, promise, limit: 20, "after \(operation)")
    }
    #expect(check.failures == [])
    let closed = run.log.end.last
    run.close()
    let disk = run.disk.powerLoss(keeping: .nothing)
    #expect(try DiskLog.open(in: disk, options: CrashRun.options).end.last == closed)
  }

  /// Runs that go on after a crash, with random steps; every other one on a disk that fails now and then.
  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func inRandomRuns_oneCrashAfterTheOther(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var check = CrashCheck(seed: seed)
    var run = try CrashRun(on: SimulatedDisk(keepsLostBytesCached: seed % 4 < 2))
    run.setIdentity(epoch: 1)
    var begin = 0
    for _ in 0..<4 {
      for _ in 0..<14 {
        if seed % 2 == 0, Int.random(in: 0..<6, using: &generator) == 0 { run.failSoon(using: &generator) }
        run.randomStep(using: &generator)
        run.fail(nil)
      }
      check.crashAfterEachOperation(of: run, from: begin, limit: 6)
      let crashed = run.disk.crashed(using: &generator)
      begin = crashed.counts.changes
      run = try CrashRun(on: crashed, promising: run.promise)
    }
    #expect(check.failures == [], "seed \(seed)")
    #expect(check.count > 300)
  }

  private func expectPromisesKept(
    _ run: CrashRun, limit: Int, atLeast count: Int, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    var check = CrashCheck(seed: 1)
    check.crashAfterEachOperation(of: run, limit: limit)
    #expect(check.failures == [], sourceLocation: sourceLocation)
    #expect(check.count >= count, sourceLocation: sourceLocation)
  }
}

extension CrashRun {
  /// Lets up to three of the next operations fail.
  func failSoon(using generator: inout SeededGenerator) {
    let first = disk.counts.changes + Int.random(in: 1...8, using: &generator)
    let count = Int.random(in: 1...3, using: &generator)
    fail { operation in
      guard operation.isChange, (first..<first + count).contains(operation.number) else { return nil }
      return DiskFailure(EIO, bytesWritten: 100)
    }
  }

  /// Something that a node may do next.
  func randomStep(using generator: inout SeededGenerator) {
    let last = log.end.last.rawValue
    switch Int.random(in: 0..<20, using: &generator) {
    case 0..<8: append(Int.random(in: 1...4, using: &generator), bytes: Int.random(in: 0...900, using: &generator))
    case 8..<15: commit()
    case 15: noteCommit(Offset(UInt64.random(in: 0...log.end.durable.rawValue, using: &generator)))
    case 16: setIdentity(epoch: log.identity.promise.epoch.rawValue + 1)
    case 17: append(1, bytes: 8000)
    default:
      setIdentity(epoch: log.identity.promise.epoch.rawValue + 1)
      cut(after: Offset(UInt64.random(in: (last / 2)...last, using: &generator)))
    }
  }
}
