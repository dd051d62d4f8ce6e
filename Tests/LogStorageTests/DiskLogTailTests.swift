import Locking
import ReplicationCore
import SimulatedDisk
import Testing

@testable import LogStorage

/// The latest entries are read from memory, also where they came as one long run, which stays where it came.
@Suite struct DiskLogTailTests {
  private static func run(after point: LogPoint) -> EntryRun {
    EntryRun(
      messages: Array(repeating: [UInt8](repeating: 7, count: 600), count: 5), epoch: Epoch(1), time: 0, after: point)
  }

  @Test func aPieceStaysUntilTheRestIsEnough() throws {
    var options = DiskLogTesting.options
    options.segmentBytes = 64 << 10
    options.tailBytesMin = 1000
    let disk = SimulatedDisk()
    let log = try DiskLogTesting.begin(disk, options)
    let first = Self.run(after: log.end.lastPoint)
    #expect(first.bytes.count > options.memoryPieceBytes)
    let isRead = Locked(false)
    disk.fail { operation in
      if operation.kind == .read { isRead.withLock { $0 = true } }
      return nil
    }
    func readsAFile(_ offset: UInt64) throws -> Bool {
      isRead.withLock { $0 = false }
      _ = try log.read(from: Offset(offset), through: Offset(offset), generation: log.end.generation)
      return isRead.withLock { $0 }
    }

    try log.append(first)
    log.commitAll()
    #expect(try (1...5).allSatisfy { try !readsAFile($0) }, "all of it is in one piece with the last 1000 bytes")
    try log.append(Self.run(after: log.end.lastPoint))
    log.commitAll()
    #expect(try (1...5).allSatisfy { try readsAFile($0) })
    #expect(try (6...10).allSatisfy { try !readsAFile($0) })
    #expect(try log.read(from: Offset(1), through: Offset(5), generation: log.end.generation) == first)
  }
}
