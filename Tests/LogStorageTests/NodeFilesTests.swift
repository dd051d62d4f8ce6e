@testable import LogStorage
import ReplicationCore
import Testing

@Suite struct NodeFilesTests {
  private let folder = TestFolder()

  private func record(_ generation: UInt64) -> NodeRecord {
    NodeRecord(
      node: NodeID(high: 1, low: 2),
      identity: LogIdentity(log: LogID(high: 3, low: 4), promise: Mastership(epoch: Epoch(generation), startID: 6)),
      generation: generation)
  }

  @Test func anEmptyFolderHasNoRecord() throws {
    #expect(try NodeFiles.load(from: folder.files) == nil)
    #expect(try folder.names == [])
  }

  @Test func theRecordWrittenLastIsTheOneThatIsRead() throws {
    for generation in 1...3 { try NodeFiles.store(record(UInt64(generation)), in: folder.files) }
    #expect(try NodeFiles.load(from: folder.files) == record(3))
    #expect(try folder.names == ["node-a", "node-b"])
    #expect(try folder.bytes(of: "node-a") == folder.bytes(of: "node-b"))
  }

  @Test(arguments: NodeFiles.names)
  func aCopyThatIsMissingOrBrokenOrCutOrLongerIsMended(_ name: String) throws {
    try NodeFiles.store(record(4), in: folder.files)
    let whole = try folder.bytes(of: name)
    let harms: [(inout [UInt8]) -> Void] = [
      { $0[100] ^= 4 }, { $0 = [] }, { $0 = $0.dropLast() }, { $0.append(0) },
      { $0 = [UInt8](repeating: 0, count: 4096) },
    ]
    for harm in harms {
      try folder.change(name, harm)
      #expect(try NodeFiles.load(from: folder.files) == record(4))
      #expect(try folder.bytes(of: name) == whole)
    }
    try folder.remove(name)
    #expect(try NodeFiles.load(from: folder.files) == record(4))
    #expect(try folder.bytes(of: name) == whole)
  }

  @Test func aCrashBetweenTheTwoCopiesLeavesTheNewRecordValid() throws {
    try NodeFiles.store(record(1), in: folder.files)
    try folder.write(record(2).encoded(), to: "node-a")
    #expect(try NodeFiles.load(from: folder.files) == record(2))
    #expect(try folder.bytes(of: "node-b") == record(2).encoded())
  }

  @Test func aCrashBeforeTheFirstCopyHasItsNameLeavesTheOldRecordValid() throws {
    try NodeFiles.store(record(1), in: folder.files)
    try folder.write(Array(record(2).encoded()[..<700]), to: "node-a.new")
    #expect(try NodeFiles.load(from: folder.files) == record(1))
    try NodeFiles.store(record(2), in: folder.files)
    #expect(try NodeFiles.load(from: folder.files) == record(2))
    #expect(try folder.names == ["node-a", "node-b"])
  }

  @Test func withBothCopiesBrokenTheNodeIsUnknown() throws {
    try NodeFiles.store(record(1), in: folder.files)
    try folder.change("node-a") { $0[50] ^= 1 }
    try folder.change("node-b") { $0[4000] ^= 1 }
    let reason = "node-a: the checksum of the header is wrong; node-b: the checksum of the header is wrong"
    #expect(throws: StorageError.identityLost(reason: reason)) { try NodeFiles.load(from: folder.files) }
    try folder.remove("node-b")
    #expect(throws: StorageError.self) { try NodeFiles.load(from: folder.files) }
  }

  @Test func copiesThatContradictEachOtherAreNotChosenFrom() throws {
    try NodeFiles.store(record(1), in: folder.files)
    let other = NodeRecord(node: NodeID(high: 9, low: 9), identity: .none, generation: 1)
    try folder.write(other.encoded(), to: "node-b")
    #expect(throws: StorageError.identityLost(reason: "node-a and node-b contradict each other")) {
      try NodeFiles.load(from: folder.files)
    }
  }

  @Test func aCopyFromTheFutureIsNotOverwritten() throws {
    try NodeFiles.store(record(1), in: folder.files)
    let future = Block.encode(magic: "rlog-nod", version: 9, fields: [2])
    try folder.write(future, to: "node-b")
    #expect(throws: StorageError.futureVersion(file: "node-b", version: 9)) { try NodeFiles.load(from: folder.files) }
    #expect(try folder.bytes(of: "node-b") == future)
  }
}
