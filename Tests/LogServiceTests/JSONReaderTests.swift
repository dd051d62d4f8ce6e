import Foundation
import JSON
import Testing

@testable import LogService

/// Whether the reader takes it as one JSON value.
private func accepts(_ bytes: [UInt8]) -> Bool {
  do throws(JSONError) {
    try JSONReader.read(bytes) { (reader) throws(JSONError) in try reader.skip() }
    return true
  } catch {
    return false
  }
}

private func accepts(_ text: String) -> Bool { accepts(Array(text.utf8)) }

/// Whether it takes it where nobody reads it: as an unknown member beside `data`.
private func acceptsUnread(_ value: String) -> Bool {
  let text = #"{"data":"a","other":\#(value)}"#
  let body = try? AddBody(Array(text.utf8), nodes: 1)
  return body?.text == Array("a".utf8)
}

extension Result<[UInt8], JSONError> {
  /// Where reading stopped; nil where it didn't.
  fileprivate var position: Int? { if case .failure(let error) = self { error.position } else { nil } }
}

extension LogServiceTests {
  @Suite struct JSONReaderTests {
    @Test(arguments: [
      "{}", "[]", " { } ", "\t\r\n[ ]\n", "true", "false", "null", "0", "-0", "-0.0", "1", "10", "1.5", "-1.5e3",
      "1E+2",
      "1e-2", "0e0", "0.0", "1e999", "123456789012345678901234567890", #""""#, #""a""#, #""\u0000""#,
      #""\"\\\/\b\f\n\r\t""#,
      #""\ud83d\ude00""#, #""\ud800\udc00""#, #""\udbff\udfff""#, #""\ud7ff\ue000""#,
      #""\uD83D\uDE00""#, #""\u20ac""#, #""\uFFFF""#, "\"\u{7F}\"", "\"\u{FFFE}\"", "\"\u{2028}\"",
      #"{"":1}"#, #"{"a":1,"a":2}"#, #"{"a":{"b":[1,{"c":null}]}}"#, "[1,2,3]", "[[[[]]]]", #"{"a" : 1 , "b" : [ ] }"#,
    ])
    func whatRFC8259AllowsIsAccepted(_ text: String) {
      #expect(accepts(text))
      #expect(acceptsUnread(text))
    }

    @Test(arguments: [
      "", " ", "{", "}", "[", "]", "{]", "[}", "{,}", "[,]", "[1,]", #"{"a":1,}"#, #"{"a":1 "b":2}"#, "[1 2]",
      #"{"a"}"#,
      #"{"a":}"#, #"{"a",1}"#, "{1:2}", "{a:1}", "{'a':1}", "'a'", "[1]]", "{}}", "{}{}", "1 2", "truefalse", "true1",
      "01", "-01", "00", "+1", ".5", "1.", "1.e1", "-", "-a", "--1", "1e", "1e+", "1ee1", "0x1", "1_000", "NaN", "nan",
      "Infinity", "-Infinity", "tru", "True", "TRUE", "nul", "nulll", "undefined", #"""#, #""a"#, #""\"#, #""\""#,
      #""\x""#,
      #""\u12""#, #""\u12G4""#, #""\u-123""#, #""\u+123""#, #""\ud800""#, #""\udc00""#, #""\ud800a""#, #""\ud800\n""#,
      #""\ud800\ud800""#, #""\ud800\u0041""#, #""\ud800\udbff""#, #""\udbff\ue000""#,
      #""\udc00\ud800""#, #""\uD800\"#, #""\U0041""#, "\"a\nb\"", "\"a\tb\"",
      "\"a\u{0}b\"", "\"\u{1F}\"", "\u{FEFF}{}", "\u{A0}{}", "{}\u{0}", "\u{0}", "\u{0B}1", "\u{0C}1", "1\u{85}",
      "// a\n1", "1 // a", "/* a */1", "# a\n1", "\"\u{FF11}\"\u{FF11}", "\u{FF11}", #""\u１２３４""#,
    ])
    func whatRFC8259ForbidsIsRejectedReadOrNot(_ text: String) {
      #expect(!accepts(text))
      #expect(!acceptsUnread(text))
    }

    @Test(
      arguments: [
        [0x22, 0x80, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xC1, 0xBF, 0x22], [0x22, 0xE0, 0x80, 0x80, 0x22],
        [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
        [0x22, 0xF8, 0x88, 0x80, 0x80, 0x80, 0x22],
        [0x22, 0xC3, 0x22], [0x22, 0xE2, 0x82], [0xFF], [0xFF, 0xFE, 0x31, 0x00], [0xFE, 0xFF, 0x00, 0x31],
        [0xEF, 0xBB, 0xBF, 0x31], [0x31, 0xFF],
      ] as [[UInt8]])
    func whatIsNotUTF8IsRejected(_ bytes: [UInt8]) {
      #expect(!accepts(bytes))
    }

    @Test(arguments: [String.Encoding.utf16, .utf16BigEndian, .utf16LittleEndian, .utf32, .utf32LittleEndian])
    func otherEncodingsAreRejected(_ encoding: String.Encoding) throws {
      let data = try #require(#"{"data":"msg1"}"#.data(using: encoding))
      #expect(!accepts(Array(data)))
    }

    @Test func nestingIsTakenUpToTheLimitAndNotBeyond() {
      func nested(_ open: String, _ inner: String, _ close: String, _ depth: Int) -> String {
        String(repeating: open, count: depth) + inner + String(repeating: close, count: depth)
      }
      for (open, inner, close) in [("[", "", "]"), (#"{"a":"#, "1", "}"), (#"[{"a":"#, "[]", "}]")] {
        let levels = open.count { $0 == "[" || $0 == "{" }
        let most = (JSONReader.depthMax - (inner == "[]" ? 1 : 0)) / levels
        #expect(accepts(nested(open, inner, close, most)))
        #expect(!accepts(nested(open, inner, close, most + 1)))
        #expect(!accepts(nested(open, inner, close, 100_000)))
        #expect(!accepts(String(repeating: open, count: 100_000)))
      }
      // Beside each other is not within each other.
      #expect(accepts("[" + Array(repeating: "[]", count: 10_000).joined(separator: ",") + "]"))
    }

    @Test(
      arguments: [
        ("2", 2), ("2.0", 2), ("2e0", 2), ("20e-1", 2), ("0.2e1", 2), ("-0", 0), ("-0.0", 0), ("-3", -3), ("1.5", nil),
        ("1e-1", nil), ("1e999", nil), ("-1e999", nil), ("9007199254740991", 9_007_199_254_740_991),
        ("9007199254740992", nil), ("9223372036854775807", nil), ("18446744073709551616", nil),
        ("1e15", 1_000_000_000_000_000),
        ("1e-999", nil), ("0.000", 0), ("0e99999999999999999999", 0), ("1e99999999999999999999", nil),
        ("10e9223372036854775807", nil), ("0.5e-9223372036854775808", nil),
        ("1.00000000000000000001", nil), ("10000000000000000000e-19", 1), ("12.50e1", 125),
      ] as [(String, Int?)])
    func aNumberIsWholeByItsValueNotByItsSpelling(_ text: String, _ value: Int?) throws {
      let fields = try AddBody.fields(of: Array(#"{"n":\#(text)}"#.utf8), ["n"], like: "")
      #expect(fields["n"] == .number(value))
    }

    @Test(arguments: [
      "0", "1", "9", "10", "00", "01", "007", "-1", "1-", "1.", "1a", "99999999999999", "999999999999999",
      "1000000000000000", "9007199254740991", "9007199254740992", "000000000000000", "1234567890123456789012",
    ])
    func aNumberReadsTheSameWhateverFollowsIt(_ text: String) {
      func read(_ body: String) -> JSONField? { try? AddBody.fields(of: Array(body.utf8), ["n"], like: "")["n"] }
      // White space after it is rare: such a number is read digit by digit.
      let expected = read(#"{"n":\#(text) }"#)
      #expect(read(#"{"n":\#(text)}"#) == expected)
      #expect(read(#"{"n":\#(text),"m":1}"#) == expected)
    }

    @Test func everyCharacterEndsOrStaysInAStringWhereverItStands() {
      let others: [[UInt8]] = ["\u{80}", "é", "€", "\u{FFFE}", "😀"].map { Array($0.utf8) }
      for character in (0..<0x80).map({ [UInt8($0)] }) + others {
        for (before, after) in (0..<18).flatMap({ before in (0..<10).map { (before, $0) } }) {
          let text = [UInt8](repeating: 0x61, count: before) + character + [UInt8](repeating: 0x62, count: after)
          let result = Result { () throws(JSONError) in
            try JSONReader.read([0x22] + text + [0x22]) { (reader) throws(JSONError) in
              _ = try reader.kind()
              return try reader.string()
            }
          }
          let position = 1 + before
          switch character[0] {
          case 0..<0x20: #expect(result.position == position)
          case UInt8(ascii: "\""): #expect(result.position == position + 1)
          case UInt8(ascii: "\\"):
            // \" at the end, \b before it: what else stands after it is a plain b.
            if after == 0 {
              #expect(result.position == position + 2)
            } else {
              #expect((try? result.get())?.count == before + after)
            }
          default: #expect((try? result.get()) == text)
          }
        }
      }
    }

    @Test func aNumberOfAMillionDigitsIsReadInGoodTime() throws {
      let digits = String(repeating: "7", count: 1_000_000)
      let start = ContinuousClock.now
      for text in [digits, "0." + digits, "1e" + digits, "1e-" + digits] {
        _ = try AddBody.fields(of: Array(#"{"n":\#(text)}"#.utf8), ["n"], like: "")
      }
      #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test func aMemberThatIsAskedForMayNotBeGivenTwiceHoweverItIsSpelled() {
      for text in [#"{"data":"a","data":"a"}"#, #"{"data":"a","d\u0061ta":"b"}"#, #"{"data":1,"x":2,"data":null}"#] {
        #expect(throws: Rejection.self) { try AddBody.fields(of: Array(text.utf8), ["data"], like: "") }
      }
      #expect(throws: Never.self) {
        try AddBody.fields(of: Array(#"{"x":1,"data":"a","x":2,"Data":3}"#.utf8), ["data"], like: "")
      }
    }

    @Test func theErrorNamesTheByte() {
      for (text, position) in [("[1,]", 3), (#"{"a":01}"#, 6), ("nul", 0), ("[1] x", 4), ("", 0)] {
        #expect {
          try JSONReader.read(Array(text.utf8)) { (reader) throws(JSONError) in try reader.skip() }
        } throws: { ($0 as? JSONError)?.position == position }
      }
    }
  }
}
