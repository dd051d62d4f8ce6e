import Testing

@testable import LogClient

/// Lines of a text become batches, at the same places however the text comes.
@Suite struct LineBatchesTests {
  /// All batches of a text that comes in pieces of a size.
  private func batches(_ text: String, linesMax: Int = 3, piece: Int) throws -> [LineBatches.Batch] {
    var batches = LineBatches(linesMax: linesMax)
    var found: [LineBatches.Batch] = []
    let bytes = Array(text.utf8)
    for begin in stride(from: 0, to: bytes.count, by: piece) {
      try batches.append(bytes[begin..<min(begin + piece, bytes.count)])
      while let batch = batches.next() { found.append(batch) }
    }
    try batches.finish()
    while let batch = batches.next() { found.append(batch) }
    return found
  }

  @Test(arguments: [1, 2, 5, 100])
  func aBatchHasSoManyLines_HoweverTheyCome(piece: Int) throws {
    let found = try batches("a\n\nc\r\nd\u{E9}\ne", piece: piece)
    #expect(found.map(\.number) == [1, 2])
    #expect(found.map(\.lines) == [1...3, 4...5])
    #expect(found.flatMap(\.texts).map { String(decoding: $0, as: UTF8.self) } == ["a", "", "c\r", "d\u{E9}", "e"])
    #expect(try batches("", piece: piece).isEmpty)
    #expect(try batches("a\nb\nc\n", piece: piece).map(\.lines) == [1...3])
    #expect(try batches("\n", piece: piece).map(\.texts) == [[[]]])
  }

  @Test func aBatchHasSoManyBytes_ButForOneLine() throws {
    let third = String(repeating: "x", count: LineBatches.bytesMax / 3)
    let long = String(repeating: "y", count: LineBatches.bytesMax * 2)
    let text = [third, third, third, third, long, "z"].joined(separator: "\n")
    let found = try batches(text, linesMax: 100, piece: 65_536)
    #expect(found.map(\.lines) == [1...3, 4...4, 5...5, 6...6])
  }

  @Test func aLineThatIsNoMessage_IsNamed_AndWhatIsBeforeItIsThere() throws {
    var batches = LineBatches(linesMax: 1)
    #expect(throws: LineBatches.LineError.notUTF8(line: 2)) { try batches.append(Array("a\n".utf8) + [0xFF, 0x0A]) }
    #expect(batches.next()?.texts == [Array("a".utf8)])
    #expect(batches.next() == nil)
    var long = LineBatches(linesMax: 1)
    let piece = [UInt8](repeating: 0x78, count: LineBatches.lineBytesMax)
    try long.append(piece[...])
    #expect(throws: LineBatches.LineError.tooLong(line: 1, bytesMax: LineBatches.lineBytesMax)) {
      try long.append([0x78])
    }
  }
}
