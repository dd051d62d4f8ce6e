import Glibc
import LogStorage
import SimulatedDisk
import Testing

@Suite("Failing calls and damage on a simulated disk")
struct FailureTests {
  @Test func theNthChange_failsWithItsError() throws {
    let disk = SimulatedDisk()
    disk.fail(operation: 2, DiskFailure(EIO))
    let file = try disk.create("a")
    #expect(throws: FileError(operation: "write", name: "a", code: EIO)) { try file.write([1], at: 0) }
    #expect(disk.content("a") == [])
    try file.write([1], at: 0)
    #expect(disk.content("a") == [1])
  }

  @Test func callsFailByKindAndName() throws {
    let disk = SimulatedDisk()
    _ = try disk.durableFile("a", [1])
    disk.fail { $0.kind == .read && $0.name == "a" ? DiskFailure(EIO) : nil }
    let file = try disk.open("a", isWritable: false)
    #expect(throws: FileError(operation: "read", name: "a", code: EIO)) { try file.read(1, at: 0) }
    disk.fail(nil)
    #expect(try file.read(1, at: 0) == [1])
  }

  @Test func aFailedWrite_mayHaveWrittenItsBeginning() throws {
    let disk = SimulatedDisk()
    let file = try disk.durableFile("a", [1, 1, 1])
    disk.fail { $0.kind == .write ? DiskFailure(EIO, bytesWritten: 2) : nil }
    #expect(throws: FileError.self) { try file.write([2, 2, 2], at: 0) }
    #expect(disk.content("a") == [2, 2, 1])
  }

  @Test(arguments: [false, true])
  func afterAFailedSync_noLaterOneMakesTheBytesDurable(keepsLostBytesCached: Bool) throws {
    let disk = SimulatedDisk(keepsLostBytesCached: keepsLostBytesCached)
    let file = try disk.durableFile("a", sector(1, count: 2))
    try file.write(sector(2), at: 0)
    disk.fail { $0.kind == .sync ? DiskFailure(EIO) : nil }
    #expect(throws: FileError.self) { try file.sync() }
    disk.fail(nil)
    #expect(try file.read(1, at: 0) == [2])
    try file.write(sector(3), at: 512)
    try file.sync()
    #expect(try file.read(1, at: 0) == [2])
    // Nobody knows whether the disk took them; what was written and synced later is there.
    #expect(disk.contentsAfterPowerLoss("a") == [sector(1) + sector(3), sector(2) + sector(3)])
    #expect(disk.killed().content("a")?.first == (keepsLostBytesCached ? 2 : 1))
  }

  @Test func bytesThatWereLost_areDurableWhenTheyAreWrittenAndSyncedAgain() throws {
    let disk = SimulatedDisk(keepsLostBytesCached: true)
    let file = try disk.durableFile("a", [])
    try file.write([2, 2], at: 0)
    disk.fail { $0.kind == .sync ? DiskFailure(EIO) : nil }
    #expect(throws: FileError.self) { try file.sync() }
    disk.fail(nil)
    try file.sync()
    #expect(disk.contentsAfterPowerLoss("a") == [[0, 0], [2, 2]])
    try file.write([2, 2], at: 0)
    try file.sync()
    #expect(disk.contentsAfterPowerLoss("a") == [[2, 2]])
  }

  @Test func lostBytes_areGoneWhenTheFileIsOpenedAgain() throws {
    let disk = SimulatedDisk()
    let file = try disk.durableFile("a", [1, 1])
    try file.write([2], at: 0)
    disk.fail { $0.kind == .sync ? DiskFailure(EIO) : nil }
    #expect(throws: FileError.self) { try file.sync() }
    disk.fail(nil)
    try file.write([3], at: 1)
    let again = try disk.open("a", isWritable: true)
    #expect(try again.read(2, at: 0) == [1, 3])
    try again.sync()
    #expect(disk.contentsAfterPowerLoss("a") == [[1, 3]])
  }

  @Test func aFullDisk_takesWhatFits_andGoesOnWhenThereIsSpace() throws {
    let disk = SimulatedDisk(capacity: 10)
    let file = try disk.create("a")
    #expect(throws: FileError(operation: "reserve", name: "a", code: ENOSPC)) { try file.reserve(from: 0, to: 11) }
    try file.reserve(from: 0, to: 8)
    try file.write([1, 1, 1, 1], at: 4)
    #expect(throws: FileError(operation: "write", name: "a", code: ENOSPC)) { try file.write([2, 2, 2, 2], at: 8) }
    #expect(disk.content("a") == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2])
    disk.setCapacity(12)
    try file.write([2, 2, 2, 2], at: 8)
    try file.truncate(to: 1)
    try disk.create("b").reserve(from: 0, to: 11)
    #expect(disk.names() == ["a", "b"])
  }

  @Test func aRemovedFile_givesItsSpaceBack() throws {
    let disk = SimulatedDisk(capacity: 4)
    let file = try disk.durableFile("a", [1, 2, 3, 4])
    file.close()
    try disk.remove("a")
    try disk.syncFolder()
    try disk.create("b").write([1, 2, 3, 4], at: 0)
  }

  @Test func damage_isThereForReadersAndAfterAPowerLoss() throws {
    let disk = SimulatedDisk()
    _ = try disk.durableFile("a", [1, 2, 3, 4, 5])
    _ = try disk.durableFile("b", [9])
    disk.damage(.flippedBit("a", position: 0, bit: 7))
    disk.damage(.zeros("a", 1..<2))
    disk.damage(.overwritten("a", position: 2, bytes: [7]))
    disk.damage(.truncated("a", size: 4))
    #expect(disk.contentsAfterPowerLoss("a") == [[129, 0, 7, 4]])
    disk.damage(.swapped("a", "b"))
    #expect(disk.content("a") == [9])
    #expect(disk.content("b") == [129, 0, 7, 4])
    disk.damage(.removed("a"))
    #expect(disk.powerLoss(keeping: .everything).names() == ["b"])
  }

  @Test func missingAndExistingNames_andClosedFiles_areErrors() throws {
    let disk = SimulatedDisk()
    let file = try disk.durableFile("a", [1])
    #expect(throws: FileError(operation: "open", name: "b", code: ENOENT)) { try disk.open("b", isWritable: false) }
    #expect(throws: FileError(operation: "create", name: "a", code: EEXIST)) { try disk.create("a") }
    #expect(throws: FileError(operation: "rename", name: "b", code: ENOENT)) { try disk.rename("b", to: "a") }
    #expect(throws: FileError(operation: "remove", name: "b", code: ENOENT)) { try disk.remove("b") }
    let reader = try disk.open("a", isWritable: false)
    #expect(throws: FileError(operation: "write", name: "a", code: EBADF)) { try reader.write([1], at: 0) }
    file.close()
    #expect(throws: FileError(operation: "size", name: "a", code: EBADF)) { try file.size() }
  }

  @Test func theCounts_tellWhatWasDone() throws {
    let disk = SimulatedDisk()
    let file = try disk.durableFile("a", [1, 2, 3])
    _ = try file.read(10, at: 1)
    #expect(disk.counts.syncs == 1)
    #expect(disk.counts.folderSyncs == 1)
    #expect(disk.counts.bytesWritten == 3)
    #expect(disk.counts.bytesRead == 2)
    #expect(disk.counts.changes == 4)
  }
}
