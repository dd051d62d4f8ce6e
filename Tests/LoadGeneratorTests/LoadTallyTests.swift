import Testing

@testable import HTTPClient
@testable import LoadGenerator
@testable import LogClient

/// Outcomes by number, the worst of them, and what went wrong in one line.
@Suite struct LoadTallyTests {
  private func answer(_ status: Int, _ outcome: String, _ message: String) -> LoadAnswer {
    let body = Array(#"{"message":"\#(message)"}"#.utf8)
    return LoadAnswer(.success(Response(status: status, headers: ["Log-Outcome": outcome], body: body)))
  }

  @Test func outcomesAreCounted_AndEqualTroublesAreOne() {
    var tally = LoadTally()
    #expect(tally.worst == .committed && tally.line == nil)
    for _ in 1...5 { tally.add(answer(200, "committed", "")) }
    #expect(tally.line == nil)
    tally.add(answer(504, "pending", "stored at 6"))
    tally.add(answer(504, "pending", "stored at 7"))
    #expect(tally.worst == .pending)
    tally.add(LoadAnswer(.failure(ClientError(.connectionLost))))
    tally.add(answer(503, "not_written", "too many"))
    #expect([.committed, .pending, .notWritten, .unknown].map { tally[$0] } == [5, 2, 1, 1])
    #expect(tally.total == 9)
    #expect(tally.worst == .unknown)
    #expect(tally.line == "2 × 504 (stored at 6), 1 × connection lost, 1 × 503 (too many)")
  }

  @Test func theWorstOutcome_IsTheExitCode() {
    let cases: [([String], Int32)] = [
      ([], 0), (["committed"], 0), (["committed", "pending"], 3), (["not_written", "pending", "committed"], 4),
      (["unknown", "not_written"], 5),
    ]
    for (outcomes, exitCode) in cases {
      var tally = LoadTally()
      for outcome in outcomes { tally.add(answer(200, outcome, "")) }
      #expect(tally.worst.exitStatus == exitCode, "\(outcomes)")
    }
  }
}
