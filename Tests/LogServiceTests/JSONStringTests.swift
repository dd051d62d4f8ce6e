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
          }
        }
      }
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
        var text: [UInt8] = []
        text.appendJSONString(bytes[...])
        text.appendJSONString(bytes.lazy.map { $0 })
        if text != Self.plainly(bytes) + Self.plainly(bytes) { Issue.record("\(bytes)") }
      }
    }
  }
}
