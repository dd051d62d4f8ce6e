import JSON
import ReplicationCore
import Testing

@testable import LogService

extension LogServiceTests {
  @Suite struct AddBodyTests {
    private func rejection(_ text: String, nodes: Int = 3) -> Rejection? {
      do throws(Rejection) {
        _ = try AddBody(Array(text.utf8), nodes: nodes)
        return nil
      } catch {
        return error
      }
    }

    @Test(
      arguments: [
        (#"{"data":"msg1","write_concern":1}"#, "msg1", 1), (#"{"data":""}"#, "", nil),
        (#"{"write_concern":3.0,"data":"a","unknown":[{}]}"#, "a", 3), (#"{"data":"a","write_concern":2e0}"#, "a", 2),
        (#" {"data" : "\ud83d\ude00\u0000" } "#, "😀\u{0}", nil),
      ] as [(String, String, Int?)])
    func whatIsAllowedIsTaken(_ text: String, _ message: String, _ writeConcern: Int?) throws {
      let body = try AddBody(Array(text.utf8), nodes: 3)
      #expect(body.text == Array(message.utf8))
      #expect(body.writeConcern == writeConcern)
    }

    @Test func anEmptyBodyIs400AndTheMessageShowsAGoodOne() {
      let message = #"the body is empty: it must be JSON like {"data":"msg1","write_concern":1}"#
      #expect(rejection("") == .unreadable(message))
    }

    @Test(arguments: [
      (" ", "expected '{' at byte 1"), ("nonsense", "expected '{' at byte 0"), ("[]", "expected '{' at byte 0"),
      (#""msg1""#, "expected '{' at byte 0"), ("null", "expected '{' at byte 0"),
      (#"{"data":"a",}"#, "expected a member's name at byte 12"), (#"{"data":"a"} x"#, "expected the end at byte 13"),
      (#"{"data":"\ud800"}"#, "a lone surrogate at byte 15"),
      (#"{"x":"\ud800","data":"a"}"#, "a lone surrogate at byte 12"),
      (#"{"data":"a","data":"b"}"#, "the member 'data' is given twice at byte 19"),
      (#"{"data":"a"#, #"expected '"', found the end at byte 10"#),
    ])
    func whatIsNotAnObjectIs400AndTheMessageSaysWhere(_ text: String, _ problem: String) {
      let example = #"{"data":"msg1","write_concern":1}"#
      #expect(
        rejection(text)
          == .unreadable("the body is not JSON as it must be: \(problem); it must be an object like \(example)"))
    }

    @Test func aBodyThatIsNotUTF8Is400() {
      let bytes: [UInt8] = Array(#"{"data":""#.utf8) + [0xFF] + Array(#""}"#.utf8)
      #expect(throws: Rejection.self) { try AddBody(bytes, nodes: 1) }
      do throws(Rejection) {
        _ = try AddBody(bytes, nodes: 1)
      } catch {
        #expect(error.status == 400)
        #expect(error.message.contains("not UTF-8 at byte 9"))
      }
    }

    @Test func nestingThatIsTooDeepIs400() {
      let deep = String(repeating: "[", count: 1_000) + String(repeating: "]", count: 1_000)
      let rejection = rejection(#"{"data":"a","x":\#(deep)}"#)
      #expect(rejection?.status == 400)
      #expect(rejection?.message.contains("nested deeper than 128") == true)
    }

    @Test func missingDataIs422() {
      for text in ["{}", #"{"write_concern":1}"#, #"{"Data":"a"}"#] {
        #expect(rejection(text)?.status == 422)
        #expect(rejection(text)?.message == "data is missing; it must be a string, or a list of 1 to 10000 strings")
      }
    }

    @Test(arguments: ["null", "true", "1", "[]", "{}", #"["a",1]"#, #"[["a"]]"#, #"{"text":"a"}"#])
    func dataThatIsNeitherAStringNorAListOfThemIs422(_ value: String) {
      let expected = Rejection.notAllowed(
        "data must be a string, or a list of 1 to 10000 strings", data: .members(["data_count_max": .number(10_000)]))
      #expect(rejection(#"{"data":\#(value)}"#) == expected)
    }

    @Test func aListHasAsManyStringsAsItsLimitAllows() throws {
      func list(_ count: Int) -> String { "[" + Array(repeating: #""a""#, count: count).joined(separator: ",") + "]" }
      let body = try AddBody(Array(#"{"data":\#(list(AddBody.listMax))}"#.utf8), nodes: 1)
      #expect(body.data == .list(Array(repeating: Array("a".utf8), count: AddBody.listMax)))
      #expect(try AddBody(Array(#"{"data":["","\u00e9"]}"#.utf8), nodes: 1).data == .list([[], [0xC3, 0xA9]]))
      #expect(rejection(#"{"data":\#(list(AddBody.listMax + 1))}"#)?.status == 422)
      #expect(rejection(#"{"data":["a",]}"#)?.status == 400, "a list is read as strictly as everything")
    }

    @Test(arguments: [(#""majority""#, 3, 2), (#""majority""#, 4, 3), (#""all""#, 4, 4), (#""all""#, 1, 1)])
    func aWriteConcernMayBeAWord(_ word: String, _ nodes: Int, _ expected: Int) throws {
      let body = try AddBody(Array(#"{"data":"a","write_concern":\#(word)}"#.utf8), nodes: nodes)
      #expect(body.writeConcern == expected)
    }

    @Test func aTimeoutIsAWholeNumberOfMilliseconds() throws {
      for (value, expected) in [("1", 1), ("2000", 2000), ("3600000", 3_600_000), ("2e3", 2000)] {
        let body = try AddBody(Array(#"{"data":"a","timeout_ms":\#(value)}"#.utf8), nodes: 1)
        #expect(body.timeout == .milliseconds(Int64(expected)))
      }
      for value in ["0", "-1", "3600001", "1.5", "null", #""2000""#, "true", "[]"] {
        let rejection = rejection(#"{"data":"a","timeout_ms":\#(value)}"#)
        #expect(rejection?.status == 422)
        #expect(rejection?.message.contains("timeout_ms must be a whole number from 1 to 3600000") == true, "\(value)")
      }
    }

    @Test(arguments: [
      "null", "true", #""2""#, "1.5", "0", "-1", "-0", "4", "1e999", "99999999999999999999", "[1]", "{}", "4.0",
      "3.0001", #""ALL""#, #""""#,
    ])
    func aWriteConcernThatIsNotAWholeNumberWithinTheNodesIs422AndNamesTheNumber(_ value: String) {
      let expected = Rejection.notAllowed(
        "write_concern must be a whole number from 1 to 3, the number of nodes, or \"majority\" or \"all\"; left "
          + "out, it is a majority",
        data: .members(["write_concern_max": .number(3)]))
      #expect(rejection(#"{"data":"a","write_concern":\#(value)}"#) == expected)
      #expect(rejection(#"{"write_concern":\#(value),"data":"a"}"#) == expected)
    }

    @Test func aLoneMasterTakesOnlyOne() {
      #expect(rejection(#"{"data":"a","write_concern":1}"#, nodes: 1) == nil)
      #expect(rejection(#"{"data":"a","write_concern":2}"#, nodes: 1)?.message.contains("from 1 to 1") == true)
    }
  }
}

extension AddBody {
  /// Of the one message.
  var text: [UInt8]? { if case .one(let text) = data { text } else { nil } }
}
