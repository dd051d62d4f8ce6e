import HTTPServer
import LogStorage
import ReplicationCore
import Testing

@testable import LogService

extension LogServiceTests {
  @Suite struct MessagesAnswerTests {
    private func log(_ texts: [String]) -> MemoryLog {
      let log = MemoryLog()
      for text in texts { _ = log.append(payload: Array(text.utf8), epoch: Epoch(1), time: 0) }
      log.sync()
      return log
    }

    private func isOnePiece(_ response: Response) -> Bool {
      if case .bytes = response.body { true } else { false }
    }

    @Test func anEmptyLogIsAnEmptyList() throws {
      let response = MessagesAnswer.response(log: log([]))
      #expect(isOnePiece(response))
      #expect(
        try Answer(response).text == #"{"status_code":200,"message":"Messages fetched successfully","data":[]}"#)
    }

    @Test func aShortLogIsOnePieceInItsOrder() throws {
      let response = MessagesAnswer.response(log: log(["msg1", "", "say \"hi\"\n", "é😀\u{0}", "msg1"]))
      #expect(isOnePiece(response), "it has a Content-Length")
      let data = #"[{"text":"msg1"},{"text":""},{"text":"say \"hi\"\n"},{"text":"é😀\u0000"},{"text":"msg1"}]"#
      #expect(
        try Answer(response).text == #"{"status_code":200,"message":"Messages fetched successfully","data":\#(data)}"#)
    }

    @Test func aLongLogIsManySmallPiecesThatMakeOneText() throws {
      let texts = (1...50_000).map { "message \($0)" }
      let response = MessagesAnswer.response(log: log(texts))
      #expect(!isOnePiece(response))
      let pieces = try response.body.pieces()
      #expect(pieces.count > 10)
      #expect(pieces.allSatisfy { $0.count < 2 * MessagesAnswer.pieceBytesMax })
      let answer = Answer(status: response.status, body: pieces.flatMap(\.self), headers: [:])
      #expect(answer.texts == texts)
    }

    @Test func textsThatAreLongerThanAPieceComeWhole() throws {
      let texts = (1...5).map { String(repeating: "\($0)", count: MessagesAnswer.pieceBytesMax * $0) }
      #expect(try Answer(MessagesAnswer.response(log: log(texts))).texts == texts)
    }

    /// Whatever the texts' sizes, pieces end where entries end.
    @Test func sizesAroundAPieceLeaveNothingOutAndRepeatNothing() throws {
      for size in [1, 99, 1_000, 65_000, 65_507, 65_508, 65_509, 65_536] {
        let texts = (0..<min(5_000, max(3, 200_000 / size))).map { "\($0) " + String(repeating: "x", count: size - 1) }
        #expect(try Answer(MessagesAnswer.response(log: log(texts))).texts == texts, "size \(size)")
      }
    }

    @Test func whatIsAddedMeanwhileIsNotShown() throws {
      let texts = (1...10_000).map { "message \($0)" }
      let log = log(texts)
      let response = MessagesAnswer.response(log: log)
      _ = log.append(payload: Array("late".utf8), epoch: Epoch(1), time: 0)
      log.sync()
      #expect(try Answer(response).texts == texts)
    }

    @Test func aLogThatIsEmptiedInTheMiddleBreaksTheAnswerOff() throws {
      let log = log((1...50_000).map { "message \($0)" })
      guard case .stream(let next) = MessagesAnswer.response(log: log).body else {
        Issue.record("it comes in pieces")
        return
      }
      #expect(try next()?.isEmpty == false)
      #expect(try next()?.isEmpty == false)
      log.removeAll()
      #expect(throws: LogWasReset.self) { try next() }
      // Nor does another history complete it.
      for _ in 1...50_000 { _ = log.append(payload: Array("other".utf8), epoch: Epoch(2), time: 0) }
      log.sync()
      #expect(throws: LogWasReset.self) { try next() }
    }

    @Test func onlyWhatIsDurableIsShown() throws {
      let log = HeldLog()
      for text in ["a", "b", "c"] {
        _ = log.append(payload: Array(text.utf8), epoch: Epoch(1), time: 0)
        log.sync()
      }
      #expect(try Answer(MessagesAnswer.response(log: log)).texts == [])
      log.report(Offset(2))
      #expect(try Answer(MessagesAnswer.response(log: log)).texts == ["a", "b"])
      log.finishSync()
      #expect(try Answer(MessagesAnswer.response(log: log)).texts == ["a", "b", "c"])
    }
  }
}
