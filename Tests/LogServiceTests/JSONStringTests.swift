import JSON
import Testing

@testable import LogService

extension LogServiceTests {
  /// The writer of strings against one that looks at each byte.
  @Suite struct JSONStringTests {
    private static func plainly(_ bytes: [UInt8]) -> [UInt8] {
      let short: [UInt8: String] = [
        0x22: "\\\"", 0x5C: "\\\\", 0x08: "\\b", 0x09: "\\t", 0x0A: "\\n", 0x0C: "\\f", 0x0D: "\\r",
      ]
      var text = Array("\"".utf8)
      for byte in bytes {
        if let escape = short[byte] {
          text += escape.utf8
        } else if byte < 0x20 {
          text += ("\\u00" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16)).utf8
        } else {
          text.append(byte)
        }
      }
      return text + Array("\"".utf8)
    }

    private static func written(_ bytes: [UInt8]) -> [UInt8] {
      var text = Array("[".utf8)
      bytes.withUnsafeBytes { text.appendJSON(",{\"a\":", string: $0, "}") }
      return text
    }

    /// The same written at once with others; nil where that has no room.
    private static func writtenAtOnce(_ bytes: [UInt8], capacity: Int) -> [UInt8]? {
      bytes.withUnsafeBytes { bytes in
        [UInt8](jsonCapacity: capacity) { output in
          output.append("[")
          output.append(",{\"a\":\"", contentOf: bytes)
          output.append("\"}")
        }
      }
    }

    private static func expected(_ bytes: [UInt8]) -> [UInt8] {
      Array("[,{\"a\":".utf8) + plainly(bytes) + Array("}".utf8)
    }

    /// Each byte at each place of a word, beside each of those that are escaped or nearly so.
    @Test func everyByteAtEveryPlaceIsWrittenAsByItself() {
      for byte in UInt8.min...UInt8.max {
        for neighbour: UInt8 in [0x00, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x5B, 0x5C, 0x5D, 0x7F, 0x80, 0xA2, 0xDC, 0xFF] {
          for position in 0..<17 {
            var bytes = [UInt8](repeating: 0x61, count: 18)
            bytes[position] = byte
            bytes[position + 1] = neighbour
            if Self.written(bytes) != Self.expected(bytes) { Issue.record("\(bytes)") }
            if Self.writtenAtOnce(bytes, capacity: 200) != Self.expected(bytes) { Issue.record("at once: \(bytes)") }
          }
        }
      }
    }

    @Test func whatDoesNotFitIsNotWrittenBesideItsMemory() {
      let text = Array("abc\"def".utf8)
      let whole = Self.expected(text).count
      #expect(Self.writtenAtOnce(text, capacity: 0) == nil)
      for capacity in 1..<whole { #expect(Self.writtenAtOnce(text, capacity: capacity) == nil) }
      #expect(Self.writtenAtOnce(text, capacity: whole + 30) == Self.expected(text))
      // Nothing comes behind what was left out.
      let rest = [UInt8](jsonCapacity: 4) { output in
        output.append("12345")
        output.append("1")
      }
      #expect(rest == nil)
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>) func randomBytesAreWrittenAsOneByOne(seed: UInt64) {
      var random = SeededGenerator(seed: seed)
      for _ in 0..<5_000 {
        let count = Int.random(in: 0...70, using: &random)
        // From nearly none to nearly all to be escaped.
        let lowests: [UInt8] = [0x20, 0x18, 0x00]
        let highests: [UInt8] = [0x23, 0x7F, 0xFF]
        let lowest = lowests.randomElement(using: &random) ?? 0
        let highest = highests.randomElement(using: &random) ?? 0xFF
        let bytes = (0..<count).map { _ in UInt8.random(in: lowest...highest, using: &random) }
        if Self.written(bytes) != Self.expected(bytes) { Issue.record("\(bytes)") }
        let capacity = Int.random(in: 0...500, using: &random)
        let atOnce = Self.writtenAtOnce(bytes, capacity: capacity)
        let expected = Self.expected(bytes)
        if let atOnce, atOnce != expected || expected.count > capacity { Issue.record("\(bytes), \(capacity)") }
        // An escape wants room for a few bytes more than it takes in the end.
        if atOnce == nil, capacity > expected.count + 30 { Issue.record("no room in \(capacity): \(bytes)") }
        var text: [UInt8] = []
        text.appendJSONString(bytes[...])
        text.appendJSONString(bytes.lazy.map { $0 })
        if text != Self.plainly(bytes) + Self.plainly(bytes) { Issue.record("\(bytes)") }
      }
    }
  }
}
