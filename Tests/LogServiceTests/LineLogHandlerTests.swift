import Logging
import Testing

@testable import LogService

extension LogServiceTests {
  @Suite struct LineLogHandlerTests {
    /// The lines that `body` logs.
    private func lines(level: Logger.Level = .trace, _ body: (inout Logger) -> Void) throws -> [String] {
      let pipe = try Pipe()
      let writer = LogWriter(descriptor: pipe.writingEnd)
      var logger = Logger(label: "test") { _ in LineLogHandler(node: "follower-1", logLevel: level, writer: writer) }
      body(&logger)
      writer.flush()
      let text = String(decoding: pipe.read(), as: UTF8.self)
      #expect(text.isEmpty || text.hasSuffix("\n"))
      return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    @Test func aLineIsTimeNodeLevelMessageAndFactsInAFixedOrder() throws {
      let lines = try lines { logger in
        logger.info("batch acknowledged", metadata: ["z": "2", "last": "3", "first": "1", "a": "1", "follower": "u"])
        logger.warning("no facts")
      }
      #expect(lines.count == 2)
      let time = /\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\d\.\d{3}Z/
      for line in lines { #expect(try time.prefixMatch(in: line) != nil, "\(line)") }
      let rests = lines.map { $0.drop { $0 != " " } }
      #expect(
        rests == [
          " follower-1 info batch acknowledged follower=u first=1 last=3 a=1 z=2", " follower-1 warning no facts",
        ])
    }

    @Test func theTimeIsNowInUTC() throws {
      let before = Clock.wallMilliseconds
      let line = try #require(try lines { $0.info("now") }.first)
      let after = Clock.wallMilliseconds
      let digits = line.prefix { $0 != " " }.split { !$0.isNumber }.compactMap { UInt64($0) }
      try #require(digits.count == 7)
      let ofDay = ((digits[3] * 60 + digits[4]) * 60 + digits[5]) * 1000 + digits[6]
      let day: UInt64 = 86_400_000
      #expect((ofDay + day - before % day) % day <= after - before)
    }

    @Test(arguments: [
      ("plain", "plain"), ("http://a:1/x?y=z", "http://a:1/x?y=z"), ("", #""""#), ("two words", #""two words""#),
      ("say \"hi\"", #""say \"hi\"""#), ("a\nb", #""a\nb""#), ("a\r\nb", #""a\r\nb""#), ("a\tb", #""a\tb""#),
      ("\u{0}\u{1B}[31m", #""\u0000\u001b[31m""#), ("back\\slash", #"back\slash"#),
      ("a \\ b", #""a \\ b""#), ("é", #""é""#),
    ])
    func aFactIsQuotedWhereItIsNoPlainWordSoThatALineStaysOne(_ value: String, _ shown: String) throws {
      let lines = try lines { $0.error("failed", metadata: ["reason": "\(value)", "z": "1"]) }
      #expect(lines.count == 1)
      #expect(lines.first?.hasSuffix(" follower-1 error failed reason=\(shown) z=1") == true, "\(lines)")
    }

    @Test func whatIsBelowTheLevelIsNotWritten() throws {
      for (level, count) in [(Logger.Level.trace, 7), (.info, 5), (.error, 2), (.critical, 1)] {
        let lines = try lines(level: level) { logger in
          for level in Logger.Level.allCases { logger.log(level: level, "message") }
        }
        let shown = Logger.Level.allCases.suffix(count).map { " follower-1 \($0.rawValue) message" }
        #expect(lines.map { String($0.drop { $0 != " " }) } == shown)
      }
    }

    @Test func aLoggersOwnFactsAreOnEveryLineAndGiveWayToTheLines() throws {
      let lines = try lines { logger in
        logger[metadataKey: "epoch"] = "7"
        logger.info("first")
        logger.info("second", metadata: ["epoch": "8", "offset": "1"])
        #expect(logger[metadataKey: "epoch"] == "7")
      }
      #expect(
        lines.map { String($0.drop { $0 != " " }) } == [
          " follower-1 info first epoch=7", " follower-1 info second offset=1 epoch=8",
        ])
    }
  }
}
