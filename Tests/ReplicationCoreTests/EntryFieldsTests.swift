import Testing

@testable import ReplicationCore

/// What comes with an entry's payload.
@Suite struct EntryFieldsTests {
  private static func decode(_ bytes: [UInt8]) throws(WireError) -> RequestKey? {
    var result: Result<RequestKey?, WireError> = .success(nil)
    bytes.withUnsafeBytes { raw in
      do throws(WireError) {
        result = .success(try Entry.Fields(decoding: raw).key)
      } catch {
        result = .failure(error)
      }
    }
    return try result.get()
  }

  @Test(arguments: [1, 2, 36, 255]) func aKeyOfEveryLengthComesBack(length: Int) throws {
    let key = try #require(RequestKey((0..<length).map { UInt8(0x20 + $0 % 95) }))
    #expect(try Self.decode(Entry.Fields(key: key).encoded) == key)
  }

  @Test func theBytesAreThoseOfTheFormat() throws {
    let key = try #require(RequestKey("ab".utf8))
    #expect(Entry.Fields(key: key).encoded == [1, 2, 0, 0x61, 0x62])
    #expect(Entry.Fields(key: nil).encoded.isEmpty)
    let seal = Entry(.init(seal: key), offset: Offset(1), epoch: Epoch(1), time: 2)
    #expect(seal.kind == .seal && seal.payload.isEmpty && seal.encodedBytes == 48 + 5)
  }

  @Test func aPlaceInAListComesBackWithAKeyAndWithout() throws {
    let place = try #require(ListPlace(index: 2, count: 300))
    let bytes: [UInt8] = [2, 8, 0, 2, 0, 0, 0, 44, 1, 0, 0]
    #expect(Entry.Fields(list: place).encoded == bytes)
    let key = try #require(RequestKey("ab".utf8))
    #expect(Entry.Fields(key: key, list: place).encoded == [1, 2, 0, 0x61, 0x62] + bytes)
    for fields in [Entry.Fields(list: place), Entry.Fields(key: key, list: place)] {
      #expect(try fields.encoded.withUnsafeBytes { try Entry.Fields(decoding: $0) } == fields)
    }
    #expect(place.offsets(of: Offset(12)) == Offset(10)...Offset(309))
    #expect(place.offsets(of: Offset(2)) == nil, "the list would begin before the log")
    #expect(place.offsets(of: Offset(.max)) == nil)
  }

  @Test(
    arguments: [
      [2, 8, 0, 0, 0, 0, 0, 1, 0, 0, 0], [2, 8, 0, 2, 0, 0, 0, 2, 0, 0, 0], [2, 4, 0, 0, 0, 0, 0], [2, 0, 0],
      [2, 8, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2, 8, 0, 0, 0, 0, 0, 2, 0, 0, 0],
      [2, 9, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0],
    ] as [[UInt8]])
  func whatIsNoPlaceInAListIsRefused(bytes: [UInt8]) {
    #expect(throws: WireError.self) { try bytes.withUnsafeBytes { try Entry.Fields(decoding: $0) } }
  }

  @Test func factsOfALaterProgramAreIgnored() throws {
    #expect(try Self.decode([9, 1, 0, 7, 1, 1, 0, 0x61, 8, 0, 0])?.description == "a")
    #expect(try Self.decode([9, 0, 0]) == nil)
  }

  @Test(
    arguments: [
      [1], [1, 0], [1, 1, 0], [1, 0, 0], [1, 1, 0, 0x1F], [1, 1, 0, 0x7F], [1, 1, 0, 0x61, 1, 1, 0, 0x62],
      [9, 2, 0, 1],
    ] as [[UInt8]]) func whatIsNotInThisFormIsRefused(bytes: [UInt8])
  {
    #expect(throws: WireError.self) { try Self.decode(bytes) }
  }

  @Test func aKeyIsOneTo255VisibleCharactersAndSpaces() {
    #expect(RequestKey([]) == nil)
    #expect(RequestKey(Array(repeating: 0x61, count: 256)) == nil)
    #expect(RequestKey("ä".utf8) == nil)
    #expect(RequestKey("a\n".utf8) == nil)
    #expect(RequestKey(" ~".utf8)?.description == " ~")
  }
}
