import HTTPServer
import ReplicationCore
import Testing

@testable import LogService

extension LogServiceTests {
  @Suite struct QueryParametersTests {
    private func query(_ items: [(String, String?)]) throws(Rejection) -> MessagesQuery {
      try MessagesQuery(
        Request(method: "GET", path: "/messages", query: items.map { QueryItem(name: $0.0, value: $0.1) }))
    }

    @Test func nothingAsksForEverything() throws {
      #expect(try query([]) == MessagesQuery())
    }

    @Test func aPageIsAskedForByEitherOfItsTwo() throws {
      #expect(try query([("from", "7")]).limit == MessagesQuery.limitDefault)
      let page = try query([("limit", "10000")])
      #expect(page.limit == MessagesQuery.limitMax && page.from.rawValue == 1)
      #expect(try query([("from", "9007199254740991")]).from.rawValue == MessagesQuery.offsetMax)
      #expect(try query([("view", "full"), ("level", "committed"), ("wait", "1")]).limit == nil)
    }

    @Test(
      arguments: [
        ("0", .zero), ("60", .seconds(60)), ("0.5", .milliseconds(500)), ("1.25", .milliseconds(1_250)),
        ("0.0000000019", .nanoseconds(1)), ("59.999999999", .nanoseconds(59_999_999_999)),
        ("1e1", .seconds(10)), ("5e-1", .milliseconds(500)), ("1E-05", .microseconds(10)), ("2.2e-309", .zero),
      ] as [(String, Duration)])
    func secondsAreDecimal(_ text: String, _ wait: Duration) throws {
      #expect(try query([("wait", text)]).wait == wait)
    }

    @Test(arguments: [
      ("from", "0"), ("from", "-1"), ("from", "+1"), ("from", "1.0"), ("from", ""), ("from", "x"), ("from", "1e3"),
      ("from", " 1"), ("from", "9007199254740992"), ("from", "99999999999999999999999"), ("from", "\u{0661}"),
      ("limit", "0"), ("limit", "-5"), ("limit", "10001"), ("limit", "many"), ("limit", ""),
      ("wait", "-1"), ("wait", "60.1"), ("wait", "61"), ("wait", "1e2"), ("wait", "1e"), ("wait", "1e+-1"),
      ("wait", "1e999"),
      ("wait", "."), ("wait", "1."), ("wait", ".5"),
      ("wait", "nan"), ("wait", "inf"), ("wait", ""), ("wait", "1.2.3"), ("wait", "99999999999999999999"),
      ("min_offset", "-1"), ("min_offset", "x"), ("view", "all"), ("view", ""), ("view", "Full"), ("level", "majority"),
      ("level", ""),
    ])
    func whatIsNotAllowedIsNamedWithWhatIs(_ name: String, _ value: String) throws {
      let rejection = try #require(throws: Rejection.self) { try query([(name, value)]) }
      #expect(rejection.status == 422)
      #expect(rejection.message.hasPrefix("\(name) must be "))
      #expect(rejection.message.hasSuffix("not '\(value)'"))
    }

    @Test func theMessagesSayWhatIsAllowed() throws {
      func message(_ items: [(String, String?)]) throws -> String {
        try #require(throws: Rejection.self) { try query(items) }.message
      }
      #expect(try message([("limit", "0")]) == "limit must be a whole number from 1 to 10000, not '0'")
      #expect(try message([("wait", "x")]) == "wait must be decimal seconds from 0 to 60, like 2 or 0.5, not 'x'")
      #expect(try message([("level", "x")]) == "level must be local or committed, not 'x'")
      #expect(try message([("from", nil)]) == "from must be a whole number from 1 to 9007199254740991, not ''")
      #expect(
        try message([("to", "5")])
          == "unknown query parameter 'to': /messages takes from, limit, wait, view, level, min_offset")
      #expect(
        try message([("from", "1"), ("from", "1")])
          == "the query parameter 'from' is given more than once: give it once"
      )
    }
  }
}
