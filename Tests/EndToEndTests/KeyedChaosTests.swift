import Testing

/// "With keys, after 100,000 adds … each key is in the log exactly once or its outcome was `not_written`; every definite outcome
/// given is true."
@Suite(.turn) struct KeyedChaosTests {
  @Test(.timeLimit(.minutes(3))) func everyKeyHasOneTrueOutcome() async throws {
    try await KeyedChaos.run(5_000)
  }
}

/// The same with many more: `REPLOG_LONG=1`.
@Suite(.turn, .enabled(if: LongTests.areEnabled)) struct KeyedChaosLongTests {
  @Test(.timeLimit(.minutes(60))) func everyKeyOfAHundredThousandHasOneTrueOutcome() async throws {
    for _ in 0..<5 { try await KeyedChaos.run(20_000) }
  }
}
