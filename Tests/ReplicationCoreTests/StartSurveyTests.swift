import LogStorage
import Testing

@testable import ReplicationCore

/// What a starting master makes of its followers' answers.
@Suite struct StartSurveyTests {
  private static let id = LogID(high: 1, low: 1)

  /// A log of one letter per entry: equal letters up to an offset are an equal history.
  private func log(_ letters: String, id: LogID = id, epoch: UInt64 = 1) -> MemoryLog {
    let log = MemoryLog()
    log.setIdentity(LogIdentity(log: id, promise: Mastership(epoch: Epoch(epoch), startID: 1)))
    for letter in letters {
      let epoch = Epoch(letter.isUppercase ? 2 : 1)
      _ = log.append(payload: Array(String(letter).utf8), epoch: epoch, time: 0)
    }
    log.sync()
    return log
  }

  /// The answer of a follower with that log to a question.
  private func answer(of log: MemoryLog, to question: FetchRequest, commit: UInt64 = 0) -> FetchAnswer {
    FetchAnswer(
      identity: NodeIdentity(node: NodeID(high: 1, low: 1), incarnation: 1), promise: log.identity.promise,
      log: log.identity.log, end: log.end.durablePoint, commitKnown: Offset(commit),
      point: log.point(at: question.after), entries: .empty(after: question.after))
  }

  /// Asks followers with these logs.
  private func decision(of own: MemoryLog, _ followers: [(log: MemoryLog, commit: UInt64)]) throws -> StartDecision {
    var survey = StartSurvey(own)
    for (index, follower) in followers.enumerated() {
      let first = answer(of: follower.log, to: survey.question, commit: follower.commit)
      if let further = try survey.answered(first, by: index, log: own) {
        let second = answer(of: follower.log, to: further, commit: follower.commit)
        try survey.answered(first, besides: second, by: index, log: own)
      }
    }
    return survey.decision
  }

  @Test func nobodyHoldsAnything_ANewLogBegins() throws {
    let empty = log("", id: .none)
    #expect(try decision(of: empty, []) == .beginLog)
    #expect(try decision(of: empty, [(log("", id: .none), 0), (log("", id: Self.id), 0)]) == .beginLog)
  }

  @Test func itsOwnLogIsTheLongest_ItGoesOn() throws {
    let own = log("abc")
    #expect(try decision(of: own, [(log("ab"), 2), (log("abc"), 3), (log("", id: .none), 0)]) == .goOn)
    #expect(try decision(of: own, []) == .goOn)
  }

  @Test func aFollowerHasMore_TheLongestOfTheLatestEpochIsCopiedBack() throws {
    let own = log("abc")
    let longer = log("abcde")
    let later = log("abcD")
    #expect(
      try decision(of: own, [(longer, 3), (log("abcd"), 3)])
        == .copyTail(follower: 0, through: longer.end.lastPoint))
    #expect(try decision(of: own, [(longer, 3), (later, 3)]) == .copyTail(follower: 1, through: later.end.lastPoint))
    // The id alone says that it is the same log, though nothing of it is left.
    #expect(try decision(of: log(""), [(longer, 5)]) == .copyTail(follower: 0, through: longer.end.lastPoint))
  }

  @Test func itsFolderIsEmptyOrOfAnotherLog_NothingIsOverwritten() throws {
    let other = log("xy", id: LogID(high: 2, low: 2))
    #expect(
      try decision(of: log("", id: .none), [(log("", id: .none), 0), (other, 0)])
        == .stayReadOnly(follower: 1, .wiped))
    #expect(
      try decision(of: log("abc"), [(log("abcde"), 5), (other, 0)]) == .stayReadOnly(follower: 1, .foreign))
  }

  @Test func itDivergesBelowWhatIsAcknowledged_NothingIsOverwritten() throws {
    let own = log("abXY")
    #expect(try decision(of: own, [(log("abcd"), 3)]) == .stayReadOnly(follower: 0, .diverged(offset: Offset(3))))
    #expect(try decision(of: own, [(log("abc"), 3)]) == .stayReadOnly(follower: 0, .diverged(offset: Offset(3))))
    #expect(
      try decision(of: own, [(log("abcdef"), 5)]) == .stayReadOnly(follower: 0, .diverged(offset: Offset(5))))
  }

  @Test func itDivergesBeyondWhatIsAcknowledged_ItGoesOnAndTheTailWillBeCut() throws {
    let own = log("abXY")
    for commit: UInt64 in 0...2 {
      #expect(try decision(of: own, [(log("abcd"), commit), (log("abcdef"), commit)]) == .goOn)
    }
  }

  @Test func theEpochIsAboveEverythingHeardOf() throws {
    let own = log("abC", epoch: 4)
    var survey = StartSurvey(own)
    #expect(survey.mastership(startID: 9) == Mastership(epoch: Epoch(5), startID: 9))
    let follower = log("ab", epoch: 7)
    _ = try survey.answered(answer(of: follower, to: survey.question), by: 0, log: own)
    #expect(survey.mastership(startID: 9).epoch == Epoch(8))
    let last = log("ab", epoch: .max)
    _ = try survey.answered(answer(of: last, to: survey.question), by: 1, log: own)
    #expect(survey.mastership(startID: 9).epoch == Epoch(.max))
  }
}
