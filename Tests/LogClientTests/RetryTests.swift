import HTTPClient
import JSON
import Testing

@testable import LogClient

/// What is done after each answer to an add, and after none.
@Suite struct RetryTests {
  private static let url = "http://a"
  private static let limit = Duration.seconds(30)

  private static func begun() -> Retry {
    var retry = Retry(url: url, key: "k", limit: limit)
    #expect(retry.begin() == .send(to: url, after: .zero, wait: Retry.waitMax))
    return retry
  }

  private static func answer(
    _ status: Int, _ outcome: Outcome?, offset: UInt64? = nil, retryable: Bool? = nil, retryAfter: Int? = nil,
    isReplayed: Bool = false, otherMessage: UInt64? = nil, master: String? = nil, message: String = "words"
  ) -> Retry.Reply {
    var headers = Headers()
    if let outcome { headers.add(name: "Log-Outcome", value: outcome.rawValue) }
    if let offset { headers.add(name: "Log-Offset", value: "\(offset)") }
    if let retryAfter { headers.add(name: "Retry-After", value: "\(retryAfter)") }
    if isReplayed { headers.add(name: "Idempotency-Replayed", value: "true") }
    var members: [JSONValue.Member] = []
    if let otherMessage { members.append(.init(name: "offset", value: .number(otherMessage))) }
    if let retryable { members.append(.init(name: "retryable", value: .bool(retryable))) }
    if let master { members.append(.init(name: "master", value: .string(master))) }
    var body: [UInt8] = []
    JSONValue.members([
      "status_code": .number(UInt64(status)), "message": .string(message), "data": .object(members),
    ]).write(to: &body)
    return .answer(Answer(status: status, headers: headers, body: body))
  }

  private static let lost = Retry.Reply.none(ClientError(.connectionLost))
  private static let refusedConnection = Retry.Reply.none(ClientError(.couldNotConnect))
  private static let pending = answer(504, .pending, offset: 7)
  private static let unavailable = answer(503, .notWritten, retryable: true)

  /// - Returns: what became of it, if the last reply ends it.
  private func end(_ replies: [Retry.Reply], at elapsed: Duration = .zero) -> AddResult? {
    var retry = Self.begun()
    var step = retry.begin()
    for reply in replies { step = retry.next(after: reply, elapsed: elapsed, jitter: 0.5) }
    if case .end(let result) = step { return result }
    return nil
  }

  private func last(_ replies: [Retry.Reply], at elapsed: Duration = .zero) -> Retry.Step {
    var retry = Self.begun()
    var step = Retry.Step.ask("")
    for reply in replies { step = retry.next(after: reply, elapsed: elapsed, jitter: 0.5) }
    return step
  }

  @Test func committed_IsTheEnd() {
    let result = end([Self.lost, Self.answer(200, .committed, offset: 7)])
    #expect(result?.outcome == .committed && result?.offsets == 7...7 && result?.problem == nil)
  }

  @Test(arguments: [
    lost, refusedConnection, pending, unavailable, answer(500, nil), answer(503, .unknown), answer(200, nil),
  ])
  func whatMayPass_IsSentAgain(reply: Retry.Reply) {
    guard case .send(Self.url, let pause, Retry.waitMax) = last([reply]) else {
      Issue.record("\(last([reply]))")
      return
    }
    #expect((.milliseconds(25)...Duration.milliseconds(50)).contains(pause))
  }

  @Test(arguments: [
    answer(422, .notWritten, retryable: false), answer(409, .notWritten, retryable: false),
    answer(503, .notWritten, retryable: false), answer(404, nil),
  ])
  func aRefusal_IsTheEndAtOnce(reply: Retry.Reply) {
    #expect(end([reply])?.outcome == .notWritten && end([reply])?.problem == "words")
    // Also after those that surely wrote nothing.
    #expect(end([Self.refusedConnection, Self.unavailable, reply])?.outcome == .notWritten)
  }

  @Test(arguments: [lost, pending, answer(500, nil), answer(504, .unknown)])
  func aRefusalAfterARequestThatMayHaveWritten_IsNoAnswer(reply: Retry.Reply) {
    let refusal = Self.answer(422, .notWritten, retryable: false)
    #expect(last([reply, refusal]) == .ask(Self.url))
    // But a sealed key is one for all of them.
    #expect(end([reply, Self.answer(409, .notWritten, retryable: false)])?.outcome == .notWritten)
  }

  @Test(arguments: [nil, lost, pending] as [Retry.Reply?])
  func aKeyOfAnotherMessage_IsTheEndAtOnce(before: Retry.Reply?) {
    let result = end([before, Self.answer(422, .notWritten, retryable: false, otherMessage: 7)].compactMap { $0 })
    #expect(result?.outcome == .notWritten && result?.isOtherMessage == true && result?.offsets == nil)
    #expect(end([Self.answer(422, .notWritten, retryable: false)])?.isOtherMessage == false)
  }

  /// A replay of what an earlier request of the same run may have written is no earlier run's.
  @Test func onlyWhatWasThereBeforeTheFirstRequest_WasThereAlready() {
    let replay = Self.answer(200, .committed, offset: 7, isReplayed: true)
    let pendingReplay = Self.answer(504, .pending, offset: 7, isReplayed: true)
    let redirect = Self.answer(421, .notWritten, retryable: false, master: "http://b")
    for before in [[], [Self.refusedConnection], [Self.unavailable], [redirect], [pendingReplay]] {
      #expect(end(before + [replay])?.isReplayed == true, "\(before)")
    }
    for before in [Self.lost, Self.pending, Self.answer(500, nil)] {
      #expect(end([before, replay])?.isReplayed == false, "\(before)")
    }
  }

  @Test func pausesGrowWithChance_AndAreAsLongAsTheNodeWants() {
    var retry = Self.begun()
    var pauses: [Duration] = []
    for _ in 0..<8 {
      guard case .send(_, let pause, _) = retry.next(after: Self.refusedConnection, elapsed: .zero, jitter: 1) else {
        break
      }
      pauses.append(pause)
    }
    #expect(pauses == [50, 100, 200, 400, 800, 1600, 2000, 2000].map { .milliseconds($0) })
    guard case .send(_, let half, _) = retry.next(after: Self.refusedConnection, elapsed: .zero, jitter: 0) else {
      Issue.record("no request")
      return
    }
    #expect(half == .seconds(1))
    let wanted = last([Self.answer(503, .notWritten, retryable: true, retryAfter: 3)])
    #expect(wanted == .send(to: Self.url, after: .seconds(3), wait: Retry.waitMax))
  }

  @Test func theMasterWaitsNoLongerThanThereIsTime() {
    guard case .send(_, let pause, let wait) = last([Self.refusedConnection], at: .seconds(28)) else {
      Issue.record("no request")
      return
    }
    #expect(pause + wait == .seconds(2))
  }

  // MARK: When the time is over

  @Test func theEnd_IsTheLastDefiniteWord() {
    let late = Self.limit
    #expect(end([Self.pending], at: late)?.outcome == .pending)
    #expect(end([Self.pending], at: late)?.offsets == 7...7)
    // Where it is stored, no failure takes that back.
    #expect(end([Self.pending, Self.lost], at: late)?.outcome == .pending)
    // Nothing can have been written.
    #expect(end([Self.refusedConnection], at: late)?.outcome == .notWritten)
    #expect(end([Self.unavailable], at: late)?.outcome == .notWritten)
    // It may have been.
    for reply in [Self.lost, Self.answer(500, nil), Self.answer(504, .unknown)] {
      #expect(last([reply], at: late) == .ask(Self.url))
    }
    #expect(end([Self.answer(503, .notWritten, retryable: true, retryAfter: 60)])?.outcome == .notWritten)
  }

  @Test func whatTheMasterSaysOfTheKey_IsTheOutcome() {
    var retry = Self.begun()
    _ = retry.next(after: Self.lost, elapsed: Self.limit, jitter: 0)
    func told(_ outcome: String, status: Int = 200) -> AddResult {
      let body = #"{"status_code":\#(status),"message":"m","data":{"outcome":"\#(outcome)","offset":9}}"#
      return retry.end(told: Answer(status: status, headers: [:], body: Array(body.utf8)))
    }
    #expect(told("committed").outcome == .committed && told("committed").offsets == 9...9)
    #expect(told("pending").outcome == .pending)
    #expect(told("not_written").outcome == .notWritten && told("not_written").offsets == nil)
    #expect(told("unknown").outcome == .unknown)
    // Not seen is not "never": the request may still come.
    #expect(told("", status: 404).outcome == .unknown)
    #expect(retry.end(told: nil).outcome == .unknown)
  }

  @Test func aForgottenKey_IsUnknown() {
    #expect(end([Self.answer(410, .unknown)])?.outcome == .unknown)
  }

  // MARK: Followers

  @Test func aFollowersWordForTheMaster_IsFollowedTwice() {
    var retry = Self.begun()
    func redirect(_ master: String) -> Retry.Reply {
      Self.answer(421, .notWritten, retryable: false, master: master)
    }
    let first = retry.next(after: redirect("http://b"), elapsed: .zero, jitter: 0)
    #expect(first == .send(to: "http://b", after: .zero, wait: Retry.waitMax))
    let second = retry.next(after: redirect("http://a"), elapsed: .zero, jitter: 0)
    #expect(second == .send(to: "http://a", after: .zero, wait: Retry.waitMax))
    guard case .end(let result) = retry.next(after: redirect("http://b"), elapsed: .zero, jitter: 0) else {
      Issue.record("it goes round in circles")
      return
    }
    #expect(result.outcome == .notWritten && result.attempts == 3)
  }

  /// A later master may lack what an earlier one stored.
  @Test func whatWasPending_IsUnknown_WhenTheMasterNoLongerKnows() {
    let replies = [Self.pending, Self.answer(504, .unknown, offset: 7, retryable: true)]
    #expect(last(replies, at: Self.limit) == .ask(Self.url))
  }

  @Test func whereTheMasterIs_IsAskedAnew_AfterItIsGone() {
    let redirected = Self.answer(421, .notWritten, master: "http://b")
    guard case .send(let url, _, _) = last([redirected, Self.refusedConnection]) else {
      Issue.record("no other try")
      return
    }
    #expect(url == Self.url)
  }
}
