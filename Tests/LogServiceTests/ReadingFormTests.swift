import Foundation
import Testing

@testable import LogService

extension LogServiceTests {
  /// What an answer with messages is made of.
  @Suite struct ReadingFormTests {
    @Test(
      arguments: [
        (nil, .json), ("", .json), ("*/*", .json), ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", .json),
        ("application/json", .json), ("application/x-ndjson", .ndjson), ("Application/X-NDJSON", .ndjson),
        ("application/x-ndjson, */*", .ndjson), ("*/*, application/x-ndjson;q=0.1", .ndjson),
        ("application/json, application/x-ndjson", .json), ("application/x-ndjson , application/json", .ndjson),
        ("application/json;q=0.5, application/x-ndjson;q=0.9", .ndjson), ("application/x-ndjson;q=0", .json),
        ("application/x-ndjson;q=0.2;x=y,application/json; q=0.3", .json), ("application/x-ndjson;q=much", .json),
        ("application/ndjson", .json), (",;,", .json),
      ] as [(String?, MessagesFormat)])
    func theFormIsTheOneThatIsNamedFirstWithTheHighestWeight(_ accept: String?, _ format: MessagesFormat) {
      #expect(MessagesFormat(accept: accept) == format)
    }

    @Test(arguments: [
      "*", " * ", "\"a-1\"", "W/\"a-1\"", "\"b\", \"a-1\"", "\"b\",W/\"a-1\" , \"c\"", "\"with, comma\",\"a-1\"",
      "\"\",,\t\"a-1\"",
    ])
    func aTagIsNamed(_ list: String) {
      #expect(EntityTag(opaque: "a-1").isNamed(in: list))
    }

    @Test(arguments: [
      "", "a-1", "\"a-12\"", "\"a\"", "\"A-1\"", "w/\"a-1\"", "\"a-1", "\"b\", *", "\"x, a-1\"", "W/a-1",
      "\"b\" junk \"a-1\"",
    ])
    func anotherTagIsNot(_ list: String) {
      #expect(!EntityTag(opaque: "a-1").isNamed(in: list))
    }

    @Test(
      arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (951_827_696_789, "2000-02-29T12:34:56.789Z"),
        (1_735_689_599_999, "2024-12-31T23:59:59.999Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"), (UInt64.max, "9999-12-31T23:59:59.999Z"),
      ] as [(UInt64, String)])
    func aTimeIsWrittenAsRFC3339(_ milliseconds: UInt64, _ text: String) {
      var bytes: [UInt8] = []
      bytes.appendTimestamp(milliseconds)
      #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    /// Against another implementation of the calendar.
    @Test func manyTimesAreThoseOfFoundation() {
      let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
      var generator = SeededGenerator(seed: 4)
      for _ in 0..<5_000 {
        let milliseconds = UInt64.random(in: 0...253_402_300_799_999, using: &generator)
        var bytes: [UInt8] = []
        bytes.appendTimestamp(milliseconds)
        // Half a millisecond more: the style cuts what a binary fraction may just fall short of.
        let date = Date(timeIntervalSince1970: (Double(milliseconds) + 0.5) / 1000)
        #expect(String(decoding: bytes, as: UTF8.self) == date.formatted(style))
      }
    }
  }
}
