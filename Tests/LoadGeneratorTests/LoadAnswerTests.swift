import Testing

@testable import HTTPClient
@testable import LoadGenerator
@testable import LogClient

/// What is made of an answer, or of none.
@Suite struct LoadAnswerTests {
  private func answer(_ status: Int, _ outcome: String?, _ body: String = "") -> LoadAnswer {
    let headers: Headers = outcome.map { ["Log-Outcome": $0] } ?? [:]
    return LoadAnswer(.success(Response(status: status, headers: headers, body: Array(body.utf8))))
  }

  @Test func anAnswer_IsWhatItsOutcomeSays() {
    #expect(answer(200, "committed").outcome == .committed)
    #expect(answer(200, "committed").problem == nil)
    let pending = answer(504, "pending", #"{"status_code":504,"message":"stored, not confirmed","data":{"offset":4}}"#)
    #expect(pending.outcome == .pending)
    #expect(pending.problem == .init(name: "504", detail: "stored, not confirmed"))
    #expect(answer(503, "not_written", "no JSON").outcome == .notWritten)
    #expect(answer(503, "not_written", "no JSON").problem == .init(name: "503", detail: ""))
    #expect(answer(504, "unknown").outcome == .unknown)
  }

  @Test(arguments: [nil, "", "Committed", "notWritten", "committed "])
  func withoutAnOutcomeThatIsKnown_NothingIsKnown(outcome: String?) {
    #expect(answer(200, outcome).outcome == .unknown)
    #expect(answer(200, outcome).problem?.name == "200 without Log-Outcome")
  }

  @Test(arguments: [
    (ClientError.Kind.couldNotResolve, Outcome.notWritten), (.couldNotConnect, .notWritten), (.badURL, .notWritten),
    (.timedOut, .unknown), (.connectionLost, .unknown), (.badResponse, .unknown), (.responseTooLarge, .unknown),
    (.stopped, .unknown), (.cancelled, .unknown), (.other, .unknown),
  ])
  func withoutAnAnswer_OnlyWhatNeverLeftIsNotWritten(kind: ClientError.Kind, outcome: Outcome) {
    let answer = LoadAnswer(.failure(ClientError(kind, detail: "words")))
    #expect(answer.outcome == outcome)
    #expect(answer.problem == .init(name: kind.rawValue, detail: "words"))
  }
}
