import ReplicationCore
import Testing

@Suite struct SharedBytesTests {
  private func write(_ bytes: [UInt8], into memory: GrowingBytes) {
    memory.append(bytes.count) { $0.copyBytes(from: bytes) }
  }

  @Test func aPartCountsFromItsOwnBeginning() {
    let memory = GrowingBytes(capacity: 8)
    write([9, 9], into: memory)
    var grown = SharedBytes(endOf: memory)
    write([0, 1, 2, 3, 4], into: memory)
    grown.grow()
    for bytes in [SharedBytes([0, 1, 2, 3, 4]), grown] {
      #expect(bytes.count == 5 && !bytes.isEmpty)
      let part = bytes[1..<4]
      #expect(Array(part) == [1, 2, 3])
      #expect(Array(part[2...]) == [3])
      #expect(part[3...].isEmpty && part[0..<0].isEmpty)
    }
    #expect(grown == SharedBytes([0, 1, 2, 3, 4]))
    #expect(grown.hashValue == SharedBytes([0, 1, 2, 3, 4]).hashValue)
    #expect(grown != SharedBytes([0, 1, 2, 3, 5]) && grown != grown[0..<4])
  }

  @Test func whatIsWrittenBehindChangesNothingThatWasHandedOut() {
    let memory = GrowingBytes(capacity: 6)
    var all = SharedBytes(endOf: memory)
    write([1, 2, 3], into: memory)
    all.grow()
    let handedOut = all
    all.cut(to: 1)
    #expect(!all.isFollowed(by: memory), "what was cut is never written over")
    var behind = SharedBytes(endOf: memory)
    write([7, 8, 9], into: memory)
    behind.grow()
    #expect(memory.room == 0 && memory.count == 6)
    #expect(Array(all) == [1])
    #expect(Array(handedOut) == [1, 2, 3])
    #expect(Array(behind) == [7, 8, 9])
  }

  @Test func onlyTheEndOfItsOwnMemoryFollows() {
    let memory = GrowingBytes(capacity: 4)
    var bytes = SharedBytes(endOf: memory)
    #expect(bytes.isFollowed(by: memory))
    write([1], into: memory)
    #expect(!bytes.isFollowed(by: memory))
    bytes.grow()
    #expect(bytes.isFollowed(by: memory))
    #expect(!bytes.isFollowed(by: GrowingBytes(capacity: 4)))
    #expect(!bytes[0..<0].isFollowed(by: memory))
    #expect(!SharedBytes([1]).isFollowed(by: memory))
  }

  @Test func theMemoryLivesAsLongAsAnyPartOfIt() {
    let part: SharedBytes = {
      let memory = GrowingBytes(capacity: 1 << 20)
      var bytes = SharedBytes(endOf: memory)
      write([UInt8](repeating: 5, count: 1 << 20), into: memory)
      bytes.grow()
      return bytes[(1 << 20) - 2..<1 << 20]
    }()
    #expect(Array(part) == [5, 5])
  }

  @Test func aRunAndWhatFollowsInItShareTheBytesThatCame() throws {
    let before = LogPoint(beginning: .none)
    var body: [UInt8] = [1, 2, 3]
    var last = before
    for number in 1...3 as ClosedRange<UInt8> {
      let entry = Entry(offset: last.offset.next, epoch: Epoch(1), time: 0, payload: [number])
      last = entry.encode(into: &body, after: last)
    }
    let run = try EntryRun(checking: SharedBytes(body)[3...], after: before, epochMax: Epoch(1))
    let address = body.withUnsafeBytes { $0.baseAddress.map { $0 + 3 } }
    #expect(run.bytes.withUnsafeBytes { $0.baseAddress } == address)
    let entryBytes = Entry.headerBytes + 1
    #expect(run.after(Offset(1)).bytes.withUnsafeBytes { $0.baseAddress } == address.map { $0 + entryBytes })
  }
}
