import Testing

@testable import ReplicationCore

/// When a node confirmed what: the history of its acknowledgements. What a master makes of it is told in the story
/// `who-confirmed-when`.
@Suite struct ConfirmationsTests {
  private static let a = NodeID(high: 0, low: 1)
  private static let b = NodeID(high: 0, low: 2)

  private func times(_ confirmations: Confirmations, _ offsets: ClosedRange<UInt64>) -> [UInt64?] {
    offsets.map { confirmations.time(of: Offset($0)) }
  }

  @Test func anEntryWasConfirmedByTheFirstAcknowledgementThatReachedIt() {
    var confirmations = Confirmations()
    #expect(confirmations.time(of: Offset(1)) == nil, "not met")
    confirmations.note(Offset(2), by: Self.a, time: 10)
    confirmations.note(Offset(4), by: Self.a, time: 20)
    confirmations.note(Offset(4), by: Self.a, time: 25)
    confirmations.note(Offset(5), by: Self.a, time: 30)
    confirmations.note(Offset(6), by: Self.a, time: 30)
    #expect(times(confirmations, 1...7) == [nil, nil, 20, 20, 30, 30, nil])
  }

  @Test func whatANodeNoLongerHoldsItHasNotConfirmed() {
    var confirmations = Confirmations()
    confirmations.note(.zero, by: Self.a, time: 10)
    confirmations.note(Offset(3), by: Self.a, time: 20)
    confirmations.note(Offset(6), by: Self.a, time: 30)
    confirmations.note(Offset(4), by: Self.a, time: 40)
    #expect(times(confirmations, 3...5) == [20, 30, nil])
    confirmations.note(Offset(5), by: Self.a, time: 50)
    #expect(times(confirmations, 3...6) == [20, 30, 50, nil])
    confirmations.note(.zero, by: Self.a, time: 60)
    #expect(times(confirmations, 1...6) == [nil, nil, nil, nil, nil, nil])
    confirmations.note(Offset(1), by: Self.a, time: 70)
    #expect(times(confirmations, 1...2) == [70, nil])
  }

  @Test func anotherNodeInItsPlaceBeginsAnew() {
    var confirmations = Confirmations()
    confirmations.note(.zero, by: Self.a, time: 10)
    confirmations.note(Offset(3), by: Self.a, time: 20)
    confirmations.note(Offset(2), by: Self.b, time: 30)
    confirmations.note(Offset(3), by: Self.b, time: 40)
    #expect(times(confirmations, 1...3) == [nil, nil, 40])
  }

  @Test func onlyTheLatestAreKept() {
    var confirmations = Confirmations(limit: 3)
    confirmations.note(.zero, by: Self.a, time: 0)
    for number in 1...5 { confirmations.note(Offset(UInt64(number) * 10), by: Self.a, time: UInt64(number)) }
    #expect([1, 20, 21, 30, 31, 50, 51].map { confirmations.time(of: Offset($0)) } == [nil, nil, 3, 3, 4, 5, nil])
    var usual = Confirmations()
    usual.note(.zero, by: Self.a, time: 0)
    for number in 1...UInt64(Confirmations.eventsMax) + 1 { usual.note(Offset(number), by: Self.a, time: number) }
    #expect(usual.time(of: Offset(1)) == nil && usual.time(of: Offset(2)) == 2)
  }

  @Test func whatWasConfirmedInOneMillisecondTakesOnePlace() {
    var confirmations = Confirmations(limit: 2)
    confirmations.note(.zero, by: Self.a, time: 0)
    for number in 1...9 { confirmations.note(Offset(UInt64(number)), by: Self.a, time: number == 1 ? 1 : 2) }
    #expect([1, 2, 9, 10].map { confirmations.time(of: Offset($0)) } == [1, 2, 2, nil])
  }

  /// Against a list of every entry's time, with a ring that is always too small and with one that never is.
  @Test(arguments: 1...200 as ClosedRange<UInt64>)
  func itTellsWhatAListOfEveryEntryWouldTell(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var (all, few) = (Confirmations(), Confirmations(limit: 4))
    var known: [UInt64?] = []
    var node = Self.a
    var isMet = false
    var time: UInt64 = 0
    for _ in 0..<100 {
      time += UInt64.random(in: 0...2, using: &random)
      var match = UInt64(known.count) + UInt64.random(in: 0...5, using: &random)
      if Int.random(in: 0..<8, using: &random) == 0 { match = UInt64.random(in: 0...match, using: &random) }
      let isOther = Int.random(in: 0..<40, using: &random) == 0
      if isOther { node = node == Self.a ? Self.b : Self.a }
      let before = min(known.count, Int(match))
      if isOther || !isMet {
        known = Array(repeating: nil, count: Int(match))
      } else {
        known = Array(known.prefix(Int(match)))
        known += Array(repeating: time, count: Int(match) - known.count)
      }
      isMet = true
      all.note(Offset(match), by: node, time: time)
      few.note(Offset(match), by: node, time: time)
      let expected = known + [nil]
      let range = 1...match + 1
      try #require(times(all, range) == expected)
      let told = times(few, range)
      try #require(zip(told, expected).allSatisfy { $0 == nil || $0 == $1 }, "never a wrong time")
      try #require(told[before...] == expected[before...], "the latest is known")
    }
  }
}
