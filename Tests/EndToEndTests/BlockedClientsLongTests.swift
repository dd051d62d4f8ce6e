import Testing

/// Behaviour 3, what takes minutes: `REPLOG_LONG=1`.
@Suite(.serialized, .enabled(if: LongTests.areEnabled)) struct BlockedClientsLongTests {
  /// "A block of 10 minutes … is answered as well as one of a second": beyond every time-out of the contract.
  @Test(.timeLimit(.minutes(12))) func aBlockOfTenMinutesIsAnswered() async throws {
    let cluster = try await BlockedClientsTests.cluster()
    var waiting: [RawSocket] = []
    for number in 0..<20 {
      waiting.append(try await .waiting(port: cluster.master.port, "blocked \(number)", w: 3))
    }
    // They are sent; the last may not have been read yet.
    #expect(await eventually(within: .seconds(5)) { try await cluster.master.client.waitingCount() == 20 })
    let areWaiting = await holds(for: .seconds(600), every: .seconds(5)) {
      let count = try await cluster.master.client.waitingCount()
      return count == 20 && waiting.allSatisfy(\.isQuiet)
    }
    #expect(areWaiting)
    try await cluster.followers[1].start()
    for socket in waiting { #expect(try await socket.answer().status == 200) }
    #expect(await cluster.converges(to: (0..<20).map { "blocked \($0)" }, within: .seconds(2)))
  }
}
