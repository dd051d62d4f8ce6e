import Glibc
@testable import LogStorage
import ReplicationCore
import SimulatedDisk
import Testing

/// The saved keys are what was saved, or are not there.
@Suite struct KeysFileTests {
  private static let log = LogID(high: 3, low: 4)
  private static let empty = KeyIndex(recentMax: 10, filterBytes: 64)

  private static func keys(_ count: Int, last: UInt64 = 1_000) -> LogKeys {
    var index = empty
    for number in 0..<count { index.note(XXH64.hash(UInt64(number), seed: 9), at: Offset(UInt64(number) + 1)) }
    return LogKeys(index: index, point: LogPoint(offset: Offset(last), epoch: Epoch(2), hash: last &* 77))
  }

  private static func file(_ disk: SimulatedDisk, _ log: LogID = log) -> KeysFile { KeysFile(in: disk, log: log) }

  private static func saved(_ keys: LogKeys) async throws -> SimulatedDisk {
    let disk = SimulatedDisk()
    try await file(disk).save(keys) {}
    return disk
  }

  @Test(arguments: [0, 1, 10, 11, 200]) func theyComeBackAsTheyWereSaved(count: Int) async throws {
    let keys = Self.keys(count)
    let disk = try await Self.saved(keys).powerLoss(keeping: .nothing)
    #expect(disk.names() == ["keys"])
    #expect(try Self.file(disk).load(like: Self.empty) == keys)
    #expect(try disk.open("keys", isWritable: false).size() == 4096 + 16 * min(count, 10) + (count > 10 ? 64 : 0))
    try KeysFile.check(in: disk)
  }

  @Test func moreThanOnePieceComesBack() async throws {
    var index = KeyIndex(recentMax: 200_000, filterBytes: 1 << 18)
    for number in 0..<210_000 { index.note(XXH64.hash(UInt64(number), seed: 9), at: Offset(UInt64(number) + 1)) }
    let keys = LogKeys(index: index, point: Self.keys(0, last: 210_000).point)
    let disk = SimulatedDisk()
    var pieces = 0
    try await Self.file(disk).save(keys) { pieces += 1 }
    #expect(pieces == 4)
    #expect(try Self.file(disk).load(like: KeyIndex(recentMax: 200_000, filterBytes: 1 << 18)) == keys)
  }

  @Test func withoutAFileThereAreNone() throws {
    #expect(try Self.file(SimulatedDisk()).load(like: Self.empty) == nil)
  }

  @Test func thoseOfAnotherLogOrSizeAreRefused() async throws {
    let disk = try await Self.saved(Self.keys(30))
    #expect(throws: FormatError.self) { try Self.file(disk, LogID(high: 3, low: 5)).load(like: Self.empty) }
    for other in [KeyIndex(recentMax: 11, filterBytes: 64), KeyIndex(recentMax: 10, filterBytes: 128)] {
      #expect(throws: FormatError.self) { try Self.file(disk).load(like: other) }
    }
  }

  /// In each byte, and at each length.
  @Test func whatIsDamagedIsRefused() async throws {
    let disk = try await Self.saved(Self.keys(30))
    let whole = try disk.open("keys", isWritable: false).read(1 << 20, at: 0)
    func expectRefused(_ bytes: [UInt8], _ what: String) throws {
      let disk = SimulatedDisk()
      let file = try disk.create("keys")
      try file.write(bytes, at: 0)
      #expect(throws: FormatError.self, "\(what)") { try Self.file(disk).load(like: Self.empty) }
      #expect(throws: FormatError.self, "\(what)") { try KeysFile.check(in: disk) }
    }
    for place in whole.indices {
      var bytes = whole
      bytes[place] ^= 1 << UInt8(place % 8)
      try expectRefused(bytes, "bit of byte \(place)")
    }
    for length in whole.indices where length % 50 == 0 || length > 4090 {
      try expectRefused(Array(whole[..<length]), "length \(length)")
      var zeroed = whole
      zeroed.replaceSubrange(length..., with: repeatElement(0, count: whole.count - length))
      if zeroed != whole { try expectRefused(zeroed, "zeros from \(length)") }
    }
    try expectRefused(whole + [0], "a byte more")
  }

  @Test func afterEachCrashTheyAreTheOldOrTheNewOnes() async throws {
    let (old, new) = (Self.keys(5), Self.keys(40, last: 2_000))
    let disk = try await Self.saved(old).powerLoss(keeping: .nothing)
    disk.record()
    try await Self.file(disk).save(new) {}
    var generator = SeededGenerator(seed: 1)
    var found: Set<LogPoint> = []
    for moment in disk.history {
      for state in moment.crashStates(limit: 200, using: &generator) + [moment.killed()] {
        let keys = try #require(try Self.file(state).load(like: Self.empty))
        #expect(keys == old || keys == new, "after \(String(describing: moment.lastOperation))")
        found.insert(keys.point)
        // What a crash left is no obstacle.
        try await Self.file(state).save(new) {}
        #expect(state.names() == ["keys"])
        #expect(try Self.file(state.powerLoss(keeping: .nothing)).load(like: Self.empty) == new)
      }
    }
    #expect(found.count == 2)
  }

  @Test func aSaveThatFailsLeavesTheOldOnes() async throws {
    let old = Self.keys(5)
    for failing in 1... {
      let disk = try await Self.saved(old).powerLoss(keeping: .nothing)
      let begin = disk.counts.changes
      disk.fail(operation: begin + failing, DiskFailure(EIO))
      let isSaved = (try? await Self.file(disk).save(Self.keys(40)) {}) != nil
      disk.fail(nil)
      if isSaved, disk.counts.changes < begin + failing { break }
      #expect(!disk.names().contains("keys.new") || isSaved, "operation \(failing)")
      let keys = try Self.file(disk).load(like: Self.empty)
      #expect(keys == old || keys == Self.keys(40))
    }
  }

  @Test func theLastSpaceIsLeftToTheLog() async throws {
    let disk = try await Self.saved(Self.keys(5)).powerLoss(keeping: .nothing)
    disk.setCapacity(KeysFile.spareBytes + 8_000)
    await #expect(throws: FileError.self) { try await Self.file(disk).save(Self.keys(40)) {} }
    #expect(disk.names() == ["keys"])
    #expect(try Self.file(disk).load(like: Self.empty) == Self.keys(5))
    disk.setCapacity(KeysFile.spareBytes + 12_000)
    try await Self.file(disk).save(Self.keys(40)) {}
    #expect(try Self.file(disk).load(like: Self.empty) == Self.keys(40))
  }

  @Test func whoeverEndsASaveLeavesNothing() async throws {
    let disk = try await Self.saved(Self.keys(5))
    await #expect(throws: CancellationError.self) {
      try await Self.file(disk).save(Self.keys(40)) { throw CancellationError() }
    }
    #expect(disk.names() == ["keys"])
  }

  @Test func theFileIsKnownWhereverFilesAre() async throws {
    let disk = SimulatedDisk()
    let log = try DiskLogTesting.begin(disk)
    try log.fill(3)
    log.close()
    try await log.keysFile.save(Self.keys(5)) {}
    #expect(!FolderContent.isForeign("keys") && !FolderContent.isForeign("keys.new"))
    #expect(!FolderContent.isOfALog("keys"))
    #expect(try Verify.run(disk).remarks == [])
    disk.damage(.flippedBit("keys", position: 4100, bit: 1))
    let report = try Verify.run(disk)
    #expect(report.isWhole && report.remarks.map(\.file) == ["keys"])
    #expect(report.remarks.first?.reason.contains("checksum") == true)
  }
}
