@testable import LogStorage
import ReplicationCore
import Testing

@Suite struct FormatTests {
  private let header = SegmentHeader(
    log: LogID(high: 0x0102_0304_0506_0708, low: 9), base: LogPoint(offset: Offset(10), epoch: Epoch(11), hash: 12))
  private let record = NodeRecord(
    node: NodeID(high: 1, low: 2),
    identity: LogIdentity(
      log: LogID(high: 3, low: 4), promise: Mastership(epoch: Epoch(5), startID: 6)), generation: 7)
  private let mark = DurableMark(
    point: LogPoint(offset: Offset(20), epoch: Epoch(21), hash: 22), segment: Offset(11), position: 5000,
    commit: Offset(19))

  @Test func aSegmentHeaderIsReadAsItWasWritten() throws {
    #expect(header.encoded().count == SegmentHeader.bytes)
    #expect(try SegmentHeader(decoding: header.encoded()) == header)
  }

  @Test func aNodeRecordIsReadAsItWasWritten() throws {
    #expect(try NodeRecord(decoding: record.encoded()) == record)
    #expect(throws: FormatError.invalid("something follows the record")) {
      try NodeRecord(decoding: record.encoded() + [0])
    }
  }

  @Test func aDurableMarkIsReadAsItWasWritten() throws {
    let (read, generation) = try DurableMark.decode(mark.encoded(generation: 30))
    #expect(read == mark)
    #expect(generation == 30)
  }

  @Test func theBytesAreThoseOfTheDocument() {
    let bytes = header.encoded()
    #expect(Array(bytes[..<8]) == Array("rlog-seg".utf8))
    #expect(Array(bytes[8..<16]) == [1, 0, 0, 0, 0, 0, 0, 0])
    #expect(Array(bytes[24..<40]) == [8, 7, 6, 5, 4, 3, 2, 1, 9, 0, 0, 0, 0, 0, 0, 0])
    #expect(Array(bytes[40..<48]) == [10, 0, 0, 0, 0, 0, 0, 0])
    #expect(bytes[64...].allSatisfy { $0 == 0 })
    let checksum = bytes[16..<24].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let zeroed = Array(bytes[..<16]) + [UInt8](repeating: 0, count: 8) + Array(bytes[24...])
    #expect(zeroed.withUnsafeBytes { XXH64.hash($0) } == checksum)
  }

  @Test func everyFlippedBitOfABlockIsNoticed() throws {
    let decoders: [(bytes: [UInt8], decode: ([UInt8]) throws(FormatError) -> Void)] = [
      (header.encoded(), { bytes throws(FormatError) in _ = try SegmentHeader(decoding: bytes) }),
      (record.encoded(), { bytes throws(FormatError) in _ = try NodeRecord(decoding: bytes) }),
      (mark.encoded(generation: 3), { bytes throws(FormatError) in _ = try DurableMark.decode(bytes) }),
    ]
    for (index, (bytes, decode)) in decoders.enumerated() {
      var unnoticed: [Int] = []
      // One and the same code decodes all three: after the first, only where their fields are.
      for bit in 0..<(index == 0 ? bytes.count : 128) * 8 {
        var flipped = bytes
        flipped[bit / 8] ^= 1 << (bit % 8)
        do {
          try decode(flipped)
          unnoticed.append(bit)
        } catch {
          // A flipped version number must not pass for a later program's.
          if error != .broken { unnoticed.append(bit) }
        }
      }
      #expect(unnoticed == [])
    }
  }

  @Test func whatIsShortOrEmptyOrOfAnotherKindIsToldApart() {
    #expect(throws: FormatError.truncated) { try SegmentHeader(decoding: Array(header.encoded().dropLast())) }
    #expect(throws: FormatError.truncated) { try SegmentHeader(decoding: []) }
    #expect(throws: FormatError.zeros) { try SegmentHeader(decoding: [UInt8](repeating: 0, count: 4096)) }
    #expect(throws: FormatError.notThisFormat) { try SegmentHeader(decoding: record.encoded()) }
    #expect(throws: FormatError.notThisFormat) { try NodeRecord(decoding: header.encoded()) }
    #expect(throws: FormatError.notThisFormat) { _ = try DurableMark.decode(header.encoded()) }
  }

  @Test func aVersionFromTheFutureIsBelievedOnlyWithItsChecksum() {
    let future = Block.encode(magic: "rlog-seg", version: 2, fields: [1, 2, 3])
    #expect(throws: FormatError.futureVersion(2)) { try SegmentHeader(decoding: future) }
    var broken = future
    broken[30] ^= 1
    #expect(throws: FormatError.broken) { try SegmentHeader(decoding: broken) }
    let zero = Block.encode(magic: "rlog-seg", version: 0, fields: [])
    #expect(throws: FormatError.invalid("format version 0 was never in use")) { try SegmentHeader(decoding: zero) }
  }

  @Test func namesOfSegmentsSortAsTheirOffsetsDoAndNothingElseIsOne() {
    #expect(SegmentHeader.name(first: Offset(1)) == "00000000000000000001.log")
    #expect(SegmentHeader.name(first: Offset(.max)) == "18446744073709551615.log")
    for offset in [1, 42, UInt64.max] {
      #expect(SegmentHeader.first(ofName: SegmentHeader.name(first: Offset(offset))) == Offset(offset))
    }
    for name in [
      "00000000000000000000.log", "1.log", "99999999999999999999.log", "+0000000000000000001.log",
      "aside-1-1-1.log", "00000000000000000001.txt", "node-a", "",
    ] {
      #expect(SegmentHeader.first(ofName: name) == nil, "\(name)")
    }
  }
}
