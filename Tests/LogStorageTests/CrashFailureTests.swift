import Glibc
import LogStorage
import ReplicationCore
import SimulatedDisk
import Testing

/// Calls fail in the middle of a run, the log goes on as well as it can, and then the power fails.
@Suite("A log keeps its promises when the disk fails before a crash")
struct CrashFailureTests {
  /// What the failing run does; each step may be refused.
  private func steps(_ run: CrashRun) {
    run.setIdentity(epoch: 1)
    for _ in 0..<3 {
      run.append(3, bytes: 500)
      run.commit(2)
    }
    run.append(2)
    run.setIdentity(epoch: 2)
    run.cut(after: Offset(4))
    run.commit(2)
    run.append(3, bytes: 500)
    run.commit(2)
    run.append(3, bytes: 500)
    run.commit(3)
    run.append(1)
  }

  /// How many operations there are after opening, if none fails.
  private func operationCount() throws -> (opening: Int, all: Int) {
    let run = try CrashRun()
    let opening = run.disk.counts.changes
    steps(run)
    return (opening, run.disk.counts.changes)
  }

  @Test(arguments: [false, true], [1, 7])
  func eachOperationFails(keepsLostBytesCached: Bool, times: Int) throws {
    let (opening, all) = try operationCount()
    var check = CrashCheck(seed: 1)
    for number in (opening + 1)...all {
      let run = try CrashRun(on: SimulatedDisk(keepsLostBytesCached: keepsLostBytesCached))
      run.fail { operation in
        guard operation.isChange, (number..<number + times).contains(operation.number) else { return nil }
        return DiskFailure(EIO, bytesWritten: 700 * (number % 3))
      }
      steps(run)
      // With the disk working again, all that was refused is over after a few rounds.
      run.commit(10)
      #expect(run.log.trouble == nil, "operation \(number)")
      #expect(run.log.end.durable == run.log.end.last, "operation \(number)")
      check.crashAfterEachOperation(of: run, from: number - 1, sampling: 6, limit: 5, "failed \(number),")
      check.check(run.disk, run.promise, limit: 6, "failed \(number), in the end")
    }
    #expect(check.failures == [])
    #expect(check.count > 2000)
  }

  /// Whatever fails, a log that opens is right, and one that doesn't opens when the disk works again.
  @Test func openingFailsAtEachOperation() throws {
    let first = try CrashRun()
    steps(first)
    first.commit(3)
    var generator = SeededGenerator(seed: 5)
    var check = CrashCheck(seed: 5)
    for number in 1...40 {
      let disk = first.disk.crashed(using: &generator)
      let begin = disk.counts.changes
      disk.fail(operation: begin + number, DiskFailure(EIO))
      _ = try? DiskLog.open(in: disk, options: CrashRun.options)
      disk.fail(nil)
      check.check(disk, first.promise, limit: 10, "failed \(number)")
    }
    #expect(check.failures == [])
  }

  @Test(arguments: [20_000, 24_000, 30_000, 34_000])
  func theDiskIsFullForAWhile(capacity: Int) throws {
    let run = try CrashRun()
    run.setIdentity(epoch: 1)
    run.disk.setCapacity(capacity)
    for _ in 0..<12 {
      run.append(2, bytes: 600)
      run.commit(2)
    }
    #expect(run.log.trouble == .full)
    run.cut(after: Offset(3))
    run.commit()
    run.disk.setCapacity(nil)
    run.commit(3)
    #expect(run.log.trouble == nil)
    run.append(3, bytes: 600)
    run.commit(2)
    var check = CrashCheck(seed: 3)
    check.crashAfterEachOperation(of: run, limit: 12)
    #expect(check.failures == [])
  }
}
