import LogStorage
import SimulatedDisk
import Testing

/// The usual way to replace a file: write under another name, sync, rename, sync the folder. Each sync is needed, and that one
/// is missing shows in some state.
@Suite("Replacing a file on a simulated disk")
struct ReplacementTests {
  private static let old = sector(1, count: 3)
  private static let new = sector(2, count: 2)

  /// What the file may read as after a power loss at any moment, and after one when all is done.
  private func outcomes(
    syncingFile: Bool, syncingFolder: Bool
  ) throws -> (ever: Set<[UInt8]?>, done: Set<[UInt8]?>) {
    let disk = SimulatedDisk()
    _ = try disk.durableFile("a", Self.old)
    disk.record()
    let file = try disk.create("a.new")
    try file.write(Self.new, at: 0)
    if syncingFile { try file.sync() }
    file.close()
    try disk.rename("a.new", to: "a")
    if syncingFolder { try disk.syncFolder() }
    let ever = disk.history.reduce(into: Set<[UInt8]?>()) { $0.formUnion($1.contentsAfterPowerLoss("a")) }
    return (ever, disk.contentsAfterPowerLoss("a"))
  }

  @Test func withBothSyncs_itIsOldOrNewAtAnyMoment_andNewInTheEnd() throws {
    let (ever, done) = try outcomes(syncingFile: true, syncingFolder: true)
    #expect(ever == [Self.old, Self.new])
    #expect(done == [Self.new])
  }

  @Test func withoutTheFilesSync_itMayBeTorn() throws {
    let (_, done) = try outcomes(syncingFile: false, syncingFolder: true)
    #expect(done.contains([]))
    #expect(done.contains(sector(0) + sector(2)))
  }

  @Test func withoutTheFoldersSync_itMayBeTheOldOne() throws {
    let (_, done) = try outcomes(syncingFile: true, syncingFolder: false)
    #expect(done == [Self.old, Self.new])
  }
}
