import ReplicationCore
import Testing

@testable import LogService

extension LogServiceTests {
  @Suite struct InjectBodyTests {
    private func rejection(_ text: String) -> Rejection? {
      do throws(Rejection) {
        _ = try InjectBody(Array(text.utf8))
        return nil
      } catch {
        return error
      }
    }

    @Test(
      arguments: [
        (#"{"data":{"text":"msg1","sequence_id":1}}"#, "msg1", 1), (#"{"data":{"sequence_id":2.0,"text":""}}"#, "", 2),
        (#"{"x":1,"data":{"text":"a","sequence_id":9007199254740991,"y":[]}}"#, "a", 9_007_199_254_740_991),
      ] as [(String, String, UInt64)])
    func whatIsAllowedIsTaken(_ text: String, _ message: String, _ number: UInt64) throws {
      let body = try InjectBody(Array(text.utf8))
      #expect(body.text == Array(message.utf8))
      #expect(body.offset == Offset(number))
    }

    @Test func whatIsNotAnObjectIs400() {
      #expect(
        rejection("")
          == .unreadable(#"the body is empty: it must be JSON like {"data":{"text":"msg1","sequence_id":1}}"#)
      )
      for text in ["[]", "1", "{", #"{"data":{"text":"a","text":"b","sequence_id":1}}"#, #"{"data":{"text":"a",}}"#] {
        let rejection = rejection(text)
        #expect(rejection?.status == 400)
        #expect(rejection?.message.hasPrefix("the body is not JSON as it must be: ") == true)
      }
    }

    @Test(arguments: ["{}", #"{"data":"msg1"}"#, #"{"data":null}"#, #"{"data":[]}"#, #"{"text":"a","sequence_id":1}"#])
    func dataThatIsNotAnObjectIs422(_ text: String) {
      #expect(
        rejection(text)
          == .notAllowed(#"data must be an object: the body must be like {"data":{"text":"msg1","sequence_id":1}}"#))
    }

    @Test(arguments: ["", #""text":null,"#, #""text":1,"#, #""text":{},"#])
    func aTextThatIsNotAStringIs422(_ member: String) {
      #expect(rejection(#"{"data":{\#(member)"sequence_id":1}}"#) == .notAllowed("data.text must be a string"))
    }

    @Test(arguments: ["null", "0", "-1", "1.5", #""1""#, "true", "9007199254740992", "1e999", "{}"])
    func aNumberThatIsNotAWholeOneFromOneOnIs422(_ value: String) {
      let expected = Rejection.notAllowed("data.sequence_id must be a whole number from 1 to 9007199254740991")
      #expect(rejection(#"{"data":{"text":"a","sequence_id":\#(value)}}"#) == expected)
      #expect(rejection(#"{"data":{"text":"a"}}"#) == expected)
    }
  }
}
