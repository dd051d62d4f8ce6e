import Testing

/// "`kill -9` of any node, or of all at once, at any moment, under load with w = 1, 2, 3: after restart no message that was
/// answered with 200 is missing, none is doubled, the order is the master's, logs are prefixes of each other and end equal."
@Suite(.turn) struct KillRoundsTests {
  @Test(.timeLimit(.minutes(3))) func killedNodesLoseNothing() async throws {
    try await KillRounds.run(20)
  }
}
