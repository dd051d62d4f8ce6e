import LogStorage
import SimulatedDisk
import Testing

@testable import ReplicationSimulator

@Suite struct DiskFaultsTests {
  @Test func aMachineThatDiesMidwayLeavesWhatWasDoneBeforeAndDoesNothingMore() throws {
    let disk = SimulatedDisk()
    let faults = DiskFaults(of: disk, seed: 1)
    faults.die(afterChanges: 3, isPowerLoss: false)
    _ = try disk.create("a")
    _ = try disk.create("b")
    #expect(faults.corpse == nil)
    #expect(throws: FileError.self) { _ = try disk.create("c") }
    #expect(throws: FileError.self) { try disk.syncFolder() }
    #expect(faults.corpse?.names() == ["a", "b"])
  }

  @Test func aDiskThatFailsWorksAgainWhenItIsHealed() throws {
    let disk = SimulatedDisk()
    let faults = DiskFaults(of: disk, seed: 1)
    faults.failing = 1
    #expect(throws: FileError.self) { _ = try disk.create("a") }
    faults.heal()
    _ = try disk.create("a")
  }
}
