import LogStorage
import ReplicationCore
import SimulatedDisk
import Testing

/// A run is recorded change by change; each state that a power loss or a kill could leave after each of them is opened.
@Suite struct DiskLogCrashTests {
  /// What had to be on the disk after so many changes.
  private struct Claim {
    /// The last change that was done when it became true.
    let change: Int
    let durable: Offset
    let identity: LogIdentity
    /// The points of all entries there were, by offset.
    let points: [LogPoint]
    /// While entries are being cut they may be there or not.
    var cutTo: Offset?
  }

  private struct Script {
    let disk = SimulatedDisk()
    let log: DiskLog
    var claims: [Claim] = []
    var random: SeededGenerator

    init(seed: UInt64) throws {
      random = SeededGenerator(seed: seed)
      disk.record()
      log = try DiskLogTesting.open(disk)
    }

    mutating func claim(cutTo: Offset? = nil) throws {
      let points = try (0...log.end.last.rawValue).map { try #require(try log.point(at: Offset($0))) }
      claims.append(
        Claim(
          change: disk.counts.changes, durable: log.end.durable, identity: log.identity, points: points, cutTo: cutTo))
    }

    mutating func run(_ steps: Int) throws {
      try claim()
      try log.setIdentity(DiskLogTesting.identity)
      try claim()
      for step in 0..<steps {
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          let payload = [UInt8](
            repeating: UInt8.random(in: 1...255, using: &random), count: Int.random(in: 0...900, using: &random))
          _ = try log.append(payload: payload, epoch: log.identity.promise.epoch, time: random.next())
        }
        // Appended and not yet durable: allowed in any state from now on.
        try claim()
        log.commitAll()
        try claim()
        if step % 9 == 8 {
          let offset = Offset(UInt64.random(in: log.end.last.rawValue / 2...log.end.last.rawValue, using: &random))
          try claim(cutTo: offset)
          try log.cut(after: offset)
          try claim()
          let promise = Mastership(epoch: Epoch(UInt64(step)), startID: random.next())
          try log.setIdentity(LogIdentity(log: log.identity.log, promise: promise))
          try claim()
        }
      }
      log.close()
      try claim()
    }
  }

  private func check(_ state: SimulatedDisk, after change: Int, _ claims: [Claim]) {
    let log: DiskLog
    do throws(StorageError) { log = try DiskLogTesting.open(state) } catch {
      Issue.record("after change \(change): \(error)")
      return
    }
    let index = claims.lastIndex { $0.change <= change }
    let claim = index.map { claims[$0] }
    // What comes next may have begun.
    let next = index.map { min($0 + 1, claims.count - 1) } ?? 0
    if let trouble = log.trouble { Issue.record("after change \(change): \(trouble)") }
    guard let points = try? (0...log.end.last.rawValue).map({ try log.point(at: Offset($0)) ?? log.end.lastPoint })
    else {
      Issue.record("after change \(change): can't be read")
      return
    }
    let isPrefix = [claim?.points, claims[next].points].compactMap(\.self)
      .contains { points == Array($0.prefix(points.count)) }
    #expect(isPrefix || points.count == 1, "after change \(change): another log")
    if let claim {
      let durable = min(claim.durable, claim.cutTo ?? claim.durable)
      #expect(log.end.last >= durable, "after change \(change): ends at \(log.end.last), durable were \(durable)")
      #expect([claim.identity, claims[next].identity].contains(log.identity), "after change \(change)")
    }
    log.checkSegments()
    #expect(log.trouble == nil, "after change \(change)")
    // And it goes on.
    log.commitAll()
    do throws(LogRefusal) {
      _ = try log.append(payload: [1, 2, 3], epoch: Epoch(1000), time: 0)
      log.commitAll()
      #expect(log.end.durable == log.end.last, "after change \(change)")
    } catch {
      Issue.record("after change \(change): \(error)")
    }
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func afterAnyCrashTheLogComesBackWithAllThatWasDurable(seed: UInt64) throws {
    var script = try Script(seed: seed)
    try script.run(28)
    var random = SeededGenerator(seed: seed)
    var states = 0
    for disk in script.disk.history {
      let change = try #require(disk.lastOperation?.number)
      for state in disk.crashStates(limit: 8, using: &random) + [disk.killed()] {
        check(state, after: change, script.claims)
        states += 1
      }
    }
    #expect(states > 500)
  }

  /// Every change of a run fails once, in each way; after that the disk works again.
  @Test(arguments: [DiskLogTesting.broken, DiskLogTesting.full, DiskFailure(5, bytesWritten: 1000)])
  func aFailureAtAnyChangeLosesNothingThatWasDurable(failure: DiskFailure) throws {
    var number = 1
    while true {
      let disk = SimulatedDisk(keepsLostBytesCached: number.isMultiple(of: 2))
      disk.fail(operation: number, failure)
      let isMore = try run(on: disk, failing: number)
      guard isMore else { break }
      number += 1
    }
    #expect(number > 100)
  }

  /// - Returns: whether so many changes happened at all.
  private func run(on disk: SimulatedDisk, failing number: Int) throws -> Bool {
    var log: DiskLog
    do throws(StorageError) { log = try DiskLogTesting.open(disk) } catch {
      log = try DiskLogTesting.open(disk)
    }
    try retrying { () throws(LogRefusal) in try log.setIdentity(DiskLogTesting.identity) }
    let model = MemoryLog()
    model.setIdentity(DiskLogTesting.identity)
    for step in 0..<24 {
      for size in [10, 900, 300] {
        // Nothing is used up by an entry that is refused.
        let offset = try retrying(
          after: { log.commitAll() },
          { () throws(LogRefusal) in
            try log.append(payload: [UInt8](repeating: UInt8(step), count: size), epoch: Epoch(1), time: 7)
          })
        #expect(model.append(payload: [UInt8](repeating: UInt8(step), count: size), epoch: Epoch(1), time: 7) == offset)
      }
      log.commitOnce()
      let durable = log.end.durablePoint
      #expect(model.point(at: durable.offset) == durable)
      // What counts as durable is there although the power fails now.
      let other = try DiskLogTesting.open(disk.powerLoss(keeping: .nothing))
      try #require(other.end.last >= durable.offset, "change \(number), step \(step)")
      try #require(model.point(at: other.end.last) == other.end.lastPoint, "change \(number), step \(step)")
      try #require(other.trouble == nil, "change \(number), step \(step)")
      if step == 15 {
        try retrying(after: { log.commitAll() }) { () throws(LogRefusal) in try log.cut(after: Offset(20)) }
        model.cut(after: Offset(20))
      }
    }
    log.commitAll()
    #expect(log.end.durablePoint == model.end.lastPoint, "change \(number)")
    #expect(log.trouble == nil, "change \(number)")
    #expect(
      try log.everything()
        == Array(model.read(from: Offset(1), through: model.end.last, generation: model.end.generation).bytes))
    log.close()
    let again = try DiskLogTesting.open(disk.powerLoss(keeping: .nothing))
    #expect(again.end.lastPoint == model.end.lastPoint, "change \(number)")
    return disk.counts.changes >= number
  }

  private func retrying<Result>(
    after repair: () -> Void = {}, _ body: () throws(LogRefusal) -> Result
  ) throws -> Result {
    do throws(LogRefusal) { return try body() } catch {
      repair()
      return try body()
    }
  }
}
