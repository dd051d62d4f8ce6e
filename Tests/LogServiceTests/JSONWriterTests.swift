import Foundation
import HTTPServer
import JSON
import Testing

@testable import LogService

extension LogServiceTests {
  @Suite struct JSONWriterTests {
    private func written(_ value: JSONValue) -> String {
      var bytes: [UInt8] = []
      value.write(to: &bytes)
      return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: [
      ("", #""""#), ("msg1", #""msg1""#), (#"say "hi""#, #""say \"hi\"""#), (#"a\b"#, #""a\\b""#), ("a/b", #""a/b""#),
      ("\u{8}\t\n\u{C}\r", #""\b\t\n\f\r""#), ("\u{0}\u{1}\u{B}\u{1F}", #""\u0000\u0001\u000b\u001f""#),
      ("\u{7F}é€😀", "\"\u{7F}é€😀\""),
    ])
    func aStringIsEscapedWhereItMustBeAndNowhereElse(_ text: String, _ expected: String) {
      #expect(written(.string(text)) == expected)
    }

    @Test func aByteOrderMarkInATextStays() throws {
      let text = "\u{FEFF}a\n\u{FEFF}b\u{FEFF}"
      let body = Array(#"{"data":"\#(text.replacing("\n", with: #"\n"#))"}"#.utf8)
      #expect(try AddBody(body, nodes: 1).text == Array(text.utf8))
      #expect(written(.string(text)).utf8.elementsEqual(Array(body.dropFirst(8).dropLast())))
    }

    @Test func membersKeepTheirOrder() {
      let value = JSONValue.members([
        "z": .null, "a": .bool(true), "m": .number(.max), "l": .array([.bool(false), .string("x"), .object([])]),
      ])
      #expect(written(value) == #"{"z":null,"a":true,"m":18446744073709551615,"l":[false,"x",{}]}"#)
    }

    @Test func anEnvelopeIsExactlyWhatTheContractShows() throws {
      let response = Envelope.response(200, "Message added successfully")
      guard case .bytes(let bytes) = response.body else {
        Issue.record("an envelope is one piece")
        return
      }
      #expect(
        String(decoding: bytes, as: UTF8.self)
          == #"{"status_code":200,"message":"Message added successfully","data":null}"#)
      #expect(response.status == 200)
    }

    @Test func whateverStringIsWrittenFoundationAndTheReaderReadItBack() throws {
      let seed = UInt64.random(in: 0...UInt64.max)
      var generator = SeededGenerator(seed: seed)
      for round in 0..<5_000 {
        let text = RandomJSON.randomString(using: &generator)
        var bytes: [UInt8] = []
        JSONValue.members(["data": .string(text)]).write(to: &bytes)
        let comment = Comment(rawValue: "seed \(seed), round \(round): \(text.debugDescription)")
        let read = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: String]
        // By bytes: strings compare equal when they only look the same.
        #expect(read?["data"].map { Array($0.utf8) } == Array(text.utf8), comment)
        #expect(try AddBody(bytes, nodes: 1).text == Array(text.utf8), comment)
      }
    }
  }
}
