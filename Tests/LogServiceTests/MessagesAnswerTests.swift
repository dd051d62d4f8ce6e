import Foundation
import HTTPServer
import LogStorage
import ReplicationCore
import Testing

@testable import LogService

extension LogServiceTests {
  @Suite struct MessagesAnswerTests {
    private func log(_ texts: [String]) throws -> DiskLog {
      let log = try DiskLog.held()
      try log.fill(texts)
      return log
    }

    private func isOnePiece(_ response: Response) -> Bool {
      if case .bytes = response.body { true } else { false }
    }

    @Test func anEmptyLogIsAnEmptyList() throws {
      let response = try MessagesAnswer.response(log: log([]))
      #expect(isOnePiece(response))
      #expect(
        try Answer(response).text == #"{"status_code":200,"message":"Messages fetched successfully","data":[]}"#)
    }

    @Test func aShortLogIsOnePieceInItsOrder() throws {
      let response = try MessagesAnswer.response(log: log(["msg1", "", "say \"hi\"\n", "é😀\u{0}", "msg1"]))
      #expect(isOnePiece(response), "it has a Content-Length")
      let data = #"[{"text":"msg1"},{"text":""},{"text":"say \"hi\"\n"},{"text":"é😀\u0000"},{"text":"msg1"}]"#
      #expect(
        try Answer(response).text == #"{"status_code":200,"message":"Messages fetched successfully","data":\#(data)}"#)
    }

    @Test func aLongLogIsManySmallPiecesThatMakeOneText() throws {
      let texts = (1...50_000).map { "message \($0)" }
      let response = try MessagesAnswer.response(log: log(texts))
      #expect(!isOnePiece(response))
      let pieces = try response.body.pieces()
      #expect(pieces.count > 10)
      #expect(pieces.allSatisfy { $0.count < 2 * MessagesAnswer.pieceBytesMax })
      let answer = Answer(status: response.status, body: pieces.flatMap(\.self), headers: [:])
      #expect(answer.texts == texts)
    }

    /// Some of the texts are several times as long when they are escaped, others as they are: a piece has all of them.
    @Test(arguments: [0, 1, 3, 100]) func piecesWithMuchToEscapeAreWhole(plainBetween: Int) throws {
      let escaped = String(repeating: "\u{1}\n\"é", count: 200)
      let texts = (0..<400).flatMap { ["\($0) " + escaped] + Array(repeating: "plain \($0)", count: plainBetween) }
      let log = try log(texts)
      #expect(try Answer(MessagesAnswer.response(log: log)).texts == texts)
      var query = MessagesQuery()
      query.format = .ndjson
      let lines = try Answer(MessagesAnswer.response(log: log, query: query)).text.split(separator: "\n")
      let read = lines.map { (try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: String])?["text"] }
      #expect(read == texts)
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
      let log = try log(texts)
      let response = try MessagesAnswer.response(log: log)
      try log.fill(["late"])
      #expect(try Answer(response).texts == texts)
    }

    @Test func aLogThatIsEmptiedInTheMiddleBreaksTheAnswerOff() throws {
      let log = try log((1...50_000).map { "message \($0)" })
      guard case .stream(let next) = try MessagesAnswer.response(log: log).body else {
        Issue.record("it comes in pieces")
        return
      }
      #expect(try next()?.isEmpty == false)
      #expect(try next()?.isEmpty == false)
      try log.cut(after: .zero)
      #expect(throws: LogReadError.reset) { try next() }
      // Nor does another history complete it.
      try log.fill(Array(repeating: "other", count: 50_000), epoch: 2)
      #expect(throws: LogReadError.reset) { try next() }
    }

    @Test func onlyWhatIsDurableIsShown() throws {
      let log = try DiskLog.held()
      _ = try log.append(payload: Array("a".utf8), epoch: Epoch(1), time: 0)
      #expect(try Answer(MessagesAnswer.response(log: log)).texts == [])
      log.finishSync()
      _ = try log.append(payload: Array("b".utf8), epoch: Epoch(1), time: 0)
      #expect(try Answer(MessagesAnswer.response(log: log)).texts == ["a"])
      log.finishSync()
      #expect(try Answer(MessagesAnswer.response(log: log)).texts == ["a", "b"])
    }
  }
}
