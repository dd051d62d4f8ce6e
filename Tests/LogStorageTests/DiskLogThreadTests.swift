import LogStorage
import Locking
import ReplicationCore
import SimulatedDisk
import Testing

/// The log with its threads, in a real folder.
@Suite struct DiskLogThreadTests {
  /// Wakes whoever waits for a durable offset.
  private final class Waiters: Sendable {
    private let waiting = Locked<[(offset: Offset, continuation: CheckedContinuation<Void, Never>)]>([])

    func tell(_ durable: Offset) {
      let done = waiting.withLock { waiting in
        let split = waiting.partition { $0.offset <= durable }
        defer { waiting.removeSubrange(split...) }
        return Array(waiting[split...])
      }
      for waiter in done { waiter.continuation.resume() }
    }

    func wait(for offset: Offset, of log: DiskLog) async {
      await withCheckedContinuation { continuation in
        waiting.withLock { $0.append((offset, continuation)) }
        log.sync()
        tell(log.end.durable)
      }
    }
  }

  @Test func manyThatWaitShareASyncAndAllIsThereAfterwards() async throws {
    let folder = TestFolder()
    var options = DiskLogOptions()
    options.segmentBytes = 64 << 10
    options.tailBytesMin = 0
    let each = 200
    let node: NodeID
    do {
      let log = try DiskLog.open(in: try SystemFileSystem.open(folder.path), options: options)
      node = log.node
      let waiters = Waiters()
      log.observe { [unowned log] in waiters.tell(log.end.durable) }
      try log.start()
      let appending = Locked(log)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for task in 0..<8 {
          group.addTask {
            for number in 0..<each {
              let payload = [UInt8(task), UInt8(number)] + [UInt8](repeating: 9, count: 40)
              let offset = try appending.withLock { try $0.append(payload: payload, epoch: Epoch(1), time: 0) }
              await waiters.wait(for: offset, of: log)
              let run = try log.read(from: offset, through: offset, generation: 0)
              #expect(Array(run.bytes[Entry.headerBytes...]) == payload)
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(log.counts.entries == UInt64(8 * each))
      #expect(log.counts.syncs < log.counts.entries)
      log.close()
      log.close()
      #expect(throws: LogRefusal.self) { try log.append(payload: [], epoch: Epoch(1), time: 0) }
    }
    let again = try DiskLog.open(in: try SystemFileSystem.open(folder.path), options: options)
    #expect(again.node == node)
    #expect(again.end.durable == Offset(UInt64(8 * each)))
    again.checkSegments()
    #expect(again.trouble == nil)
    again.close()
  }

  @Test func closingCommitsWhatIsPending() throws {
    let disk = SimulatedDisk()
    let log = try DiskLogTesting.begin(disk)
    try log.start()
    _ = try log.append(payload: [1], epoch: Epoch(1), time: 0)
    log.close()
    #expect(log.end.durable == Offset(1))
    #expect(try DiskLogTesting.open(disk.powerLoss(keeping: .nothing)).end.last == Offset(1))
  }

  @Test func cutsAndPromisesWhileTheThreadCommitsAndOthersRead() async throws {
    let disk = SimulatedDisk()
    var options = DiskLogTesting.options
    options.pendingBytesMax = 4 << 20
    let log = try DiskLogTesting.begin(disk, options)
    try log.start()
    let isDone = Locked(false)
    await withTaskGroup(of: Void.self) { group in
      for reader in 0..<2 {
        group.addTask {
          var random = SeededGenerator(seed: UInt64(reader))
          while !isDone.withLock({ $0 }) {
            let end = log.end
            guard end.last > .zero else { continue }
            let first = Offset(UInt64.random(in: 1...end.last.rawValue, using: &random))
            do throws(LogReadError) {
              guard let run = try log.runEnd(from: first, bytesMax: 3000, entriesMax: 10) else { continue }
              let read = try log.read(from: first, through: min(run.last, end.last), generation: end.generation)
              #expect(read.first == first)
            } catch {
              #expect(error == .reset)
            }
          }
        }
      }
      var random = SeededGenerator(seed: 7)
      for round in 1...60 {
        do {
          for _ in 0..<20 {
            let payload = [UInt8](repeating: 1, count: Int.random(in: 0...600, using: &random))
            _ = try log.append(payload: payload, epoch: Epoch(UInt64(round)), time: 0)
            log.sync()
          }
          let last = log.end.last.rawValue
          try log.cut(after: Offset(last - UInt64.random(in: 0...min(last, 15), using: &random)))
          let promise = Mastership(epoch: Epoch(UInt64(round)), startID: 1)
          try log.setIdentity(LogIdentity(log: log.identity.log, promise: promise))
        } catch {
          Issue.record("round \(round): \(error)")
        }
      }
      isDone.withLock { $0 = true }
      await group.waitForAll()
    }
    log.close()
    #expect(log.trouble == nil)
    let again = try DiskLogTesting.open(disk.powerLoss(keeping: .nothing))
    #expect(again.end.lastPoint == log.end.lastPoint)
    again.checkSegments()
    #expect(again.trouble == nil)
  }
}
