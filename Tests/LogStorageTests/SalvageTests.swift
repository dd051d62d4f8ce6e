import ReplicationCore
import SimulatedDisk
import Testing

@testable import LogStorage

/// Entries beyond damage are found by the history that they continue.
@Suite struct SalvageTests {
  private static let texts = (1...12).map { String(repeating: "\($0 % 10)", count: $0 * 20_000) }

  /// A log of these texts, one segment or several.
  private func disk(segmentBytes: Int = 64 << 20) throws -> (disk: SimulatedDisk, points: [LogPoint]) {
    let disk = SimulatedDisk()
    var options = DiskLogOptions()
    options.segmentBytes = segmentBytes
    let log = try DiskLog.open(in: disk, options: options)
    defer { log.close() }
    try log.setIdentity(LogIdentity(log: LogID(high: 1, low: 1), promise: Mastership(epoch: Epoch(1), startID: 1)))
    var points = [LogPoint(beginning: LogID(high: 1, low: 1))]
    for text in Self.texts {
      _ = try log.append(payload: Array(text.utf8), epoch: Epoch(1), time: 0)
      log.commitOnce()
      points.append(log.end.durablePoint)
    }
    return (disk, points)
  }

  private func found(after point: LogPoint, on disk: SimulatedDisk, limit: Int = .max) throws -> [String] {
    var texts: [String] = []
    let unreadable = try Salvage.entries(after: point, in: disk) { entry in
      texts.append(String(decoding: entry.payload, as: UTF8.self))
      return texts.count < limit
    }
    #expect(unreadable.isEmpty)
    return texts
  }

  @Test(arguments: [64 << 20, 100 << 10])
  func whatFollowsAPointIsFoundWhereverItLies(_ segmentBytes: Int) throws {
    let (disk, points) = try disk(segmentBytes: segmentBytes)
    for offset in [0, 1, 7, 12] {
      #expect(try found(after: points[offset], on: disk) == Array(Self.texts.dropFirst(offset)))
    }
    #expect(try found(after: points[2], on: disk, limit: 3) == Array(Self.texts[2..<5]))
  }

  @Test func damageBeforeItIsPassedOver() throws {
    let (disk, points) = try disk()
    let name = try #require(disk.names().first { $0.hasSuffix("1.log") })
    // The sizes of two entries, and some bytes of a third.
    for position in [4_096 + 16, 4_096 + 48 + 20_000 + 16, 4_096 + 3 * 48 + 60_000 + 50] {
      disk.damage(.overwritten(name, position: position, bytes: [UInt8](repeating: 0xff, count: 8)))
    }
    #expect(try found(after: points[4], on: disk) == Array(Self.texts.dropFirst(4)))
    #expect(try found(after: points[0], on: disk).isEmpty, "the first entry is damaged")
    #expect(try found(after: points[3], on: disk) == Array(Self.texts.dropFirst(3)))
    disk.damage(.zeros(name, 0..<4_096))
    #expect(try found(after: points[6], on: disk) == Array(Self.texts.dropFirst(6)), "without the file's header")
  }

  @Test func anotherHistoryIsNotTaken() throws {
    let (disk, points) = try disk()
    let other = LogPoint(offset: points[5].offset, epoch: points[5].epoch, hash: points[5].hash ^ 1)
    #expect(try found(after: other, on: disk).isEmpty)
    #expect(try found(after: points[5], on: SimulatedDisk()).isEmpty)
  }
}
