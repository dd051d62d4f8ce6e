import LogStorage
import SimulatedDisk
import Testing

@Suite("What a power loss leaves of a simulated disk")
struct PowerLossTests {
  @Test func whatIsWrittenReadsBackAtOnce_andIsKeptByAKill() throws {
    let disk = SimulatedDisk()
    let file = try disk.create("a")
    try file.write([1, 2, 3], at: 5000)
    #expect(try file.size() == 5003)
    #expect(try file.read(10, at: 4999) == [0, 1, 2, 3])
    #expect(disk.killed().content("a")?.suffix(4) == [0, 1, 2, 3])
  }

  @Test func anUnsyncedOverwrite_isKeptLostOrTornBetweenSectors() throws {
    let disk = SimulatedDisk()
    let file = try disk.durableFile("a", sector(1, count: 3))
    try file.write(sector(2, count: 2), at: 512)
    #expect(
      disk.contentsAfterPowerLoss("a") == [
        sector(1, count: 3), sector(1) + sector(2) + sector(1), sector(1, count: 2) + sector(2),
        sector(1) + sector(2, count: 2),
      ])
  }

  @Test func aSectorIsNeverTorn_thoughAWriteBeginsWithinOne() throws {
    let disk = SimulatedDisk()
    let file = try disk.durableFile("a", sector(1, count: 2))
    try file.write([2, 2, 2, 2], at: 510)
    let ends = disk.contentsAfterPowerLoss("a").map { Array($0?[508..<516] ?? []) }
    #expect(
      Set(ends) == [
        [1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 2, 2, 1, 1, 1, 1], [1, 1, 1, 1, 2, 2, 1, 1], [1, 1, 2, 2, 2, 2, 1, 1],
      ])
  }

  @Test func growthAndBytes_areKeptOrLostEachForItself() throws {
    let disk = SimulatedDisk()
    let file = try disk.durableFile("a", [1])
    try file.write([2, 2], at: 1)
    #expect(disk.contentsAfterPowerLoss("a") == [[1], [1, 0, 0], [1, 2, 2]])
  }

  @Test func bytesWhoseGrowthIsLost_areSeenWhenALaterGrowthIsKept() throws {
    let disk = SimulatedDisk()
    let file = try disk.durableFile("a", [])
    try file.write([2], at: 0)
    try file.reserve(from: 1, to: 3)
    #expect(disk.contentsAfterPowerLoss("a") == [[], [0], [2], [0, 0, 0], [2, 0, 0]])
  }

  @Test func aTruncation_isKeptOrLost() throws {
    let disk = SimulatedDisk()
    let file = try disk.durableFile("a", [1, 2, 3])
    try file.truncate(to: 1)
    #expect(disk.contentsAfterPowerLoss("a") == [[1], [1, 2, 3]])
    try file.reserve(from: 0, to: 3)
    // Only if the truncation is kept do the new bytes read as zero.
    #expect(try file.read(3, at: 0) == [1, 0, 0])
    #expect(disk.contentsAfterPowerLoss("a") == [[1], [1, 2, 3], [1, 0, 0]])
  }

  @Test func whatIsSynced_survivesAnyPowerLoss() throws {
    let disk = SimulatedDisk()
    let file = try disk.durableFile("a", sector(1, count: 2))
    try file.truncate(to: 100)
    try file.write([9], at: 700)
    try file.reserve(from: 701, to: 20_000)
    try file.sync()
    let expected = disk.content("a")
    #expect(disk.allCrashStates().count == 1)
    #expect(disk.contentsAfterPowerLoss("a") == [expected])
  }

  @Test func aCreatedName_mayVanishThoughItsContentWasSynced() throws {
    let disk = SimulatedDisk()
    let file = try disk.create("a")
    try file.write([1], at: 0)
    try file.sync()
    #expect(disk.contentsAfterPowerLoss("a") == [nil, [1]])
    try disk.syncFolder()
    #expect(disk.contentsAfterPowerLoss("a") == [[1]])
  }

  @Test func aName_mayBeDurableBeforeItsContent() throws {
    let disk = SimulatedDisk()
    try disk.create("a").write([1], at: 0)
    try disk.syncFolder()
    #expect(disk.contentsAfterPowerLoss("a") == [[], [0], [1]])
  }

  @Test func aRename_isBeforeOrAfter() throws {
    let disk = SimulatedDisk()
    _ = try disk.durableFile("a", [1])
    _ = try disk.durableFile("b", [2])
    try disk.rename("b", to: "a")
    #expect(disk.names() == ["a"])
    #expect(Set(disk.allCrashStates().map { [$0.content("a"), $0.content("b")] }) == [[[1], [2]], [[2], nil]])
  }

  @Test func changesOfOneName_stayInOrder_ofDifferentOnesDoNot() throws {
    let disk = SimulatedDisk()
    _ = try disk.durableFile("a", [1])
    try disk.create("b").close()
    try disk.rename("b", to: "c")
    try disk.remove("a")
    let found = Set(disk.allCrashStates().map { $0.names() })
    #expect(found == [["a"], ["a", "b"], ["a", "c"], [], ["b"], ["c"]])
  }

  @Test func aRemovedFile_mayComeBack_andIsReadableWhileOpen() throws {
    let disk = SimulatedDisk()
    let file = try disk.durableFile("a", [1])
    try disk.remove("a")
    #expect(try file.read(1, at: 0) == [1])
    #expect(disk.contentsAfterPowerLoss("a") == [[1], nil])
    try disk.syncFolder()
    #expect(disk.contentsAfterPowerLoss("a") == [nil])
    #expect(try file.read(1, at: 0) == [1])
  }

  @Test func nothingAndEverything_areTheTwoEnds() throws {
    let disk = SimulatedDisk()
    let file = try disk.durableFile("a", [1])
    try file.write([2], at: 0)
    try disk.create("b").close()
    #expect(disk.powerLoss(keeping: .nothing).names() == ["a"])
    #expect(disk.powerLoss(keeping: .nothing).content("a") == [1])
    #expect(disk.powerLoss(keeping: .everything).names() == ["a", "b"])
    #expect(disk.powerLoss(keeping: .everything).content("a") == [2])
  }

  @Test func oneSeed_givesOneCrash_andManySeedsMany() throws {
    let disk = SimulatedDisk()
    let file = try disk.durableFile("a", sector(1, count: 8))
    try file.write(sector(2, count: 8), at: 0)
    func crash(_ seed: UInt64) -> [UInt8]? {
      var generator = SeededGenerator(seed: seed)
      return disk.crashed(using: &generator).content("a")
    }
    #expect(crash(7) == crash(7))
    #expect(Set((0..<100).map(crash)).count > 20)
  }

  @Test func whereThereAreTooMany_theCornersAreThere_andNoStateTwice() throws {
    let disk = SimulatedDisk()
    let file = try disk.durableFile("a", sector(1, count: 40))
    try file.write(sector(2, count: 40), at: 0)
    var generator = SeededGenerator(seed: 3)
    let states = disk.crashStates(limit: 400, using: &generator).map { $0.content("a") }
    #expect(states.count == 400)
    #expect(Set(states).count == states.count)
    #expect(states.contains(sector(1, count: 40)))
    #expect(states.contains(sector(2, count: 40)))
    // A torn one with just one sector missing, among others.
    #expect(states.contains { $0?.filter { $0 == 1 }.count == 512 })
  }

  @Test func aDiskAfterACrash_goesOnForItself() throws {
    let disk = SimulatedDisk()
    let file = try disk.durableFile("a", [1])
    try file.write([2], at: 0)
    let after = disk.powerLoss(keeping: .nothing)
    let again = try after.open("a", isWritable: true)
    try again.write([3], at: 0)
    #expect(disk.content("a") == [2])
    #expect(after.contentsAfterPowerLoss("a") == [[1], [3]])
  }

  @Test func theHistory_isTheDiskAfterEachChange() throws {
    let disk = SimulatedDisk()
    disk.record()
    let file = try disk.durableFile("a", [1])
    try file.write([2], at: 0)
    _ = disk.content("a")
    #expect(disk.history.map { $0.lastOperation?.kind } == [.create, .write, .sync, .syncFolder, .write])
    #expect(disk.history.map { $0.content("a") } == [[], [1], [1], [1], [2]])
    #expect(disk.history.map { $0.powerLoss(keeping: .nothing).content("a") } == [nil, nil, nil, [1], [1]])
    #expect(disk.history.map { $0.counts.changes } == [1, 2, 3, 4, 5])
  }
}
