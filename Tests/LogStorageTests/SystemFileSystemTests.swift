import Foundation
@testable import LogStorage
import ReplicationCore
import Testing

@Suite struct SystemFileSystemTests {
  private let folder = TestFolder()

  private func mode(_ path: String) throws -> Int {
    try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber).intValue
  }

  private func failure(_ path: String) -> String {
    do throws(StorageError) {
      _ = try SystemFileSystem.open(path)
      return "none"
    } catch {
      return "\(error)"
    }
  }

  @Test func aMissingFolderIsCreatedWithThoseAboveIt() throws {
    let path = folder.path + "/a//b/c/"
    let files = try SystemFileSystem.open(path)
    for created in ["/a", "/a/b", "/a/b/c"] { #expect(try mode(folder.path + created) == 0o700) }
    #expect(try mode(path + "/lock") == 0o600)
    _ = try files.create("x")
    #expect(try mode(path + "/x") == 0o600)
    #expect(try files.names().sorted() == ["lock", "x"])
    try files.syncFolder()
  }

  @Test func theFolderAboveIsFoundFromThePathAlone() {
    let parents = ["a": ".", "a/b": "a", "/a": "/", "/": "/", "a/b//": "a", "./a": "."]
    for (path, parent) in parents { #expect(FolderCreation.parent(of: path) == parent) }
  }

  @Test func aSecondOpenerIsTurnedAwayUntilTheFirstIsGone() throws {
    var first: SystemFileSystem? = try SystemFileSystem.open(folder.path)
    #expect(failure(folder.path) == "another process uses the folder \(folder.path)")
    #expect(throws: Never.self) { try SystemFileSystem.openForReading(folder.path).names() }
    withExtendedLifetime(first) {}
    first = nil
    #expect(failure(folder.path) == "none")
  }

  @Test func anotherProcessHoldsTheLock() throws {
    _ = try SystemFileSystem.open(folder.path)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
    process.arguments = ["--exclusive", folder.path + "/lock", "sh", "-c", "echo held; cat"]
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    _ = output.fileHandleForReading.availableData
    #expect(failure(folder.path) == "another process uses the folder \(folder.path)")
    try input.fileHandleForWriting.close()
    process.waitUntilExit()
    #expect(failure(folder.path) == "none")
  }

  @Test func aFolderOfSomebodyElseIsRefusedAndLeftAsItIs() throws {
    try folder.write([1], to: "photo.jpg")
    let expected = "can't use the folder \(folder.path): it holds photo.jpg and no log, so it is somebody else's"
    #expect(failure(folder.path) == expected)
    #expect(try folder.names == ["photo.jpg"])
    // A file called lock is nobody's proof.
    try folder.write([], to: "lock")
    #expect(failure(folder.path) == expected)
    try folder.write(SegmentHeader(log: .none, base: LogPoint(beginning: .none)).encoded(), to: "node-a")
    #expect(failure(folder.path) == "none")
  }

  @Test(arguments: [
    "lost+found", ".hidden", "aside-1-2-3.log", "lock", "node-a.new", "durable", "00000000000000000007.log",
  ])
  func whatIsOursOrCommonDoesNotMakeAFolderForeign(name: String) throws {
    try folder.write([], to: name)
    #expect(failure(folder.path) == "none")
  }

  @Test func whatIsNoFolderIsSaidInOneLine() throws {
    try folder.write([], to: "file")
    #expect(failure(folder.path + "/file") == "can't use the folder \(folder.path)/file: Not a directory")
    #expect(failure(folder.path + "/file/x") == "can't use the folder \(folder.path)/file/x: Not a directory")
    #expect(failure("") == "can't use the folder : the path is empty")
    #expect(throws: StorageError.unusableFolder(path: folder.path + "/no", reason: "No such file or directory")) {
      try SystemFileSystem.openForReading(folder.path + "/no")
    }
    #expect(try folder.names == ["file"])
  }

  @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
  func aFolderThatMayNotBeWrittenIsSaidInOneLine() throws {
    chmod(folder.path, 0o500)
    defer { chmod(folder.path, 0o700) }
    #expect(failure(folder.path) == "can't use the folder \(folder.path): Permission denied")
  }

  @Test(.enabled(if: access("/proc/sys", F_OK) == 0))
  func aFolderThatTakesNoFilesIsSaidInOneLine() {
    #expect(failure("/proc/sys/fs/none").hasPrefix("can't use the folder /proc/sys/fs/none: "))
  }

  @Test func readingOnlyCreatesNothing() throws {
    _ = try SystemFileSystem.openForReading(folder.path).names()
    #expect(try folder.names == [])
  }

  @Test func aFileIsCreatedOnceRenamedAndRemoved() throws {
    let files = try SystemFileSystem.open(folder.path)
    let file = try files.create("x")
    try file.write([1, 2, 3], at: 0)
    #expect(throws: FileError(operation: "create", name: "x", code: EEXIST)) { try files.create("x") }
    _ = try files.create("y")
    try files.rename("x", to: "y")
    #expect(try files.open("y", isWritable: false).read(9, at: 0) == [1, 2, 3])
    let error = #expect(throws: FileError.self) { try files.open("x", isWritable: true) }
    #expect(error?.isMissing == true)
    try files.remove("y")
    #expect(throws: FileError(operation: "remove", name: "y", code: ENOENT)) { try files.remove("y") }
    #expect(try files.names() == ["lock"])
  }

  @Test func aFileIsWrittenReadReservedAndCut() throws {
    let file = try SystemFileSystem.open(folder.path).create("x")
    try file.write([1, 2, 3, 4], at: 2)
    #expect(try file.read(10, at: 0) == [0, 0, 1, 2, 3, 4])
    #expect(try file.read(2, at: 3) == [2, 3])
    #expect(try file.read(2, at: 100) == [])
    try file.reserve(from: 0, to: 100_000)
    #expect(try file.size() == 100_000)
    #expect(try file.read(100_000, at: 0) == [0, 0, 1, 2, 3, 4] + [UInt8](repeating: 0, count: 99_994))
    try file.reserve(from: 50, to: 60)
    #expect(try file.size() == 100_000)
    try file.truncate(to: 3)
    #expect(try file.read(10, at: 0) == [0, 0, 1])
    try file.sync()
    file.close()
  }

  @Test func whereSpaceCannotBeReservedItIsWritten() throws {
    let file = try #require(try SystemFileSystem.open(folder.path).create("x") as? SystemFile)
    try file.write([1, 2, 3], at: 0)
    try file.fillWithZeros(to: 600_000)
    #expect(try file.read(700_000, at: 0) == [1, 2, 3] + [UInt8](repeating: 0, count: 599_997))
    try file.fillWithZeros(to: 100)
    #expect(try file.size() == 600_000)
  }

  @Test(.enabled(if: access("/dev/full", W_OK) == 0))
  func aFullDiskIsToldAsOne() throws {
    let error = #expect(throws: FileError.self) {
      try SystemFileSystem.openForReading("/dev").open("full", isWritable: true).write([1], at: 0)
    }
    #expect(error?.isFull == true)
    #expect(error?.description == "write full: No space left on device")
  }

  @Test func aFileThatIsAnotherFolderOrALinkIsNotFollowed() throws {
    let files = try SystemFileSystem.open(folder.path)
    symlink("/etc/hostname", folder.path + "/node-a")
    #expect(throws: FileError(operation: "open", name: "node-a", code: ELOOP)) {
      try files.open("node-a", isWritable: false)
    }
  }

  @Test func aReaderKeepsItsFileAfterItWasClosed() throws {
    let files = try SystemFileSystem.open(folder.path)
    let file = try files.create("x")
    try file.write([7], at: 0)
    file.close()
    try files.remove("x")
    _ = try files.create("y")
    #expect(try file.read(1, at: 0) == [7])
  }
}
