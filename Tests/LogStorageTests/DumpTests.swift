@testable import LogStorage
import ReplicationCore
import Testing

@Suite struct DumpTests {
  private let folder = TestFolder()
  private let log = TestLog(payloads: (0..<30).map { [UInt8](repeating: UInt8($0), count: Int($0) * 5 % 40) })
  private let names = [1, 11, 21].map { SegmentHeader.name(first: Offset($0)) }

  init() throws {
    try log.writeFolder(folder, segments: [1...10, 11...20, 21...30], durable: 27)
  }

  /// The offsets shown, and the error that ended it.
  private func dump(from: Int = 1, limit: UInt64? = nil, file: String? = nil) throws -> ([Int], StorageError?) {
    let files = try folder.files
    var shown: [Int] = []
    func show(_ entry: EntryView) -> Bool {
      shown.append(Int(entry.offset.rawValue))
      #expect(Array(entry.payload) == Array(log.encoded[shown[shown.count - 1] - 1][Entry.headerBytes...]))
      return true
    }
    do throws(StorageError) {
      let from = Offset(UInt64(from))
      if let file {
        try Dump.file(file, in: files, from: from, limit: limit, show)
      } else {
        try Dump.folder(files, from: from, limit: limit, show)
      }
      return (shown, nil)
    } catch {
      return (shown, error)
    }
  }

  @Test func allEntriesAreShownFromAnyOneOnAndUpToAnyNumber() throws {
    for from in 1...32 {
      for limit in [nil, 0, 1, 9, 10, 11, 25, 100] as [UInt64?] {
        let (shown, error) = try dump(from: from, limit: limit)
        #expect(error == nil)
        #expect(shown == Array(Array(1...30).filter { $0 >= from }.prefix(limit.map { Int($0) } ?? 30)))
      }
    }
  }

  @Test func theCallerMayEndIt() throws {
    var count = 0
    try Dump.folder(folder.files) { _ in
      count += 1
      return count < 15
    }
    #expect(count == 15)
  }

  @Test func damageEndsItAfterWhatIsWholeBefore() throws {
    let place = log.end(11, 14).position
    try folder.change(names[1]) { $0[place + 30] ^= 1 }
    let (shown, error) = try dump()
    #expect(shown == Array(1...14))
    guard case .damaged(let damage) = error else { throw try #require(error) }
    #expect(damage.file == names[1] && damage.position == place && damage.offset == Offset(15))
    // What lies before the damage, and in later files, can still be shown.
    #expect(try dump(limit: 14).1 == nil)
    #expect(try dump(from: 21) == (Array(21...30), nil))
  }

  @Test func aTornTailIsTheEnd() throws {
    try folder.change(names[2]) { $0[log.end(21, 28).position + 20] ^= 1 }
    #expect(try dump() == (Array(1...28), nil))
  }

  @Test func whatIsTornBeforeTheDurableEndIsDamage() throws {
    try folder.change(names[2]) { $0[log.end(21, 26).position + 20] ^= 1 }
    let (shown, error) = try dump()
    #expect(shown == Array(1...26))
    #expect(error != nil)
  }

  @Test func aMissingSegmentIsDamage() throws {
    try folder.remove(names[1])
    let (shown, error) = try dump()
    #expect(shown == Array(1...10))
    #expect(error != nil)
    try folder.remove(names[2])
    #expect(try dump().1 != nil)
    try folder.remove(names[0])
    #expect(try dump().1 != nil)
  }

  @Test func aMissingFirstSegmentIsDamageForThoseWhoWantIt() throws {
    try folder.remove(names[0])
    let (shown, error) = try dump()
    #expect(shown == [] && error != nil)
    #expect(try dump(from: 11) == (Array(11...30), nil))
  }

  @Test func aSegmentWhoseCreationWasNotFinishedIsPassedOver() throws {
    try folder.write([UInt8](repeating: 0, count: 10_000), to: SegmentHeader.name(first: Offset(31)))
    #expect(try dump() == (Array(1...30), nil))
    #expect(try dump(from: 31) == ([], nil))
  }

  @Test func oneFileThatWasSetAsideIsShownAlone() throws {
    let name = "aside-3-16-1.log"
    try log.writeSegment(16, 24, in: folder.files, reserving: 9000, named: name)
    #expect(try dump(file: name) == (Array(16...24), nil))
    #expect(try dump(from: 20, limit: 2, file: name) == ([20, 21], nil))
    #expect(try dump(file: names[1]) == (Array(11...20), nil))
    #expect(try dump() == (Array(1...30), nil))
    try folder.change(name) { $0[log.end(16, 18).position + 5] ^= 1 }
    let (shown, error) = try dump(file: name)
    #expect(shown == [16, 17, 18])
    #expect(error != nil)
  }

  @Test func aFolderOrFileThatIsNotThereIsAnError() throws {
    #expect(try dump(file: "nothing").1 == .file(FileError(operation: "open", name: "nothing", code: 2)))
    let empty = TestFolder()
    #expect(throws: StorageError.self) { try Dump.folder(empty.files) { _ in true } }
  }
}
