import Testing

/// The same three hundred times: `REPLOG_LONG=1`.
@Suite(.turn, .enabled(if: LongTests.areEnabled)) struct KillRoundsLongTests {
  @Test(.timeLimit(.minutes(60))) func nodesKilledThreeHundredTimesLoseNothing() async throws {
    // A new cluster now and then: to read all messages in each round takes the longer the more there are.
    for _ in 0..<12 { try await KillRounds.run(25) }
  }
}
