import ReplicationCore
import Testing

@testable import ReplicationSimulator

/// The rule by which the simulator judges the core must itself be right.
@Suite struct EvidenceTests {
  private let first = NodeIdentity(node: NodeID(high: 0, low: 1), incarnation: 1)
  private let second = NodeIdentity(node: NodeID(high: 0, low: 2), incarnation: 2)

  @Test func aProcessCountsUntilAnotherAnswersARequestThatLeftLater() {
    var evidence = Evidence()
    evidence.answered(by: 0, identity: first, held: Offset(5), departure: 1, now: 10)
    #expect(evidence.held == Offset(5))
    evidence.answered(by: 1, identity: second, held: .zero, departure: 9, now: 11)
    #expect(evidence.identity == first, "the request left before the first process was known")
    evidence.answered(by: 1, identity: second, held: .zero, departure: 10, now: 12)
    #expect(evidence.identity == second)
    #expect(evidence.held == .zero)
    evidence.answered(by: 0, identity: first, held: Offset(7), departure: 11, now: 13)
    #expect(evidence.identity == second, "a late answer of the first process")
  }

  @Test func anOlderAnswerOfTheSameProcessTakesNothingBack() {
    var evidence = Evidence()
    evidence.answered(by: 0, identity: first, held: Offset(5), departure: 1, now: 2)
    evidence.answered(by: 0, identity: first, held: Offset(3), departure: 1, now: 3)
    #expect(evidence.held == Offset(5))
    evidence.refused()
    #expect(evidence.held == .zero)
  }

  @Test func whoDoesNotFollowHoldsNothingForTheMaster() {
    var evidence = Evidence()
    evidence.answered(by: 0, identity: first, held: Offset(5), departure: 1, now: 2)
    evidence.answered(by: 0, identity: first, held: nil, departure: 2, now: 3)
    #expect(evidence.held == .zero)
  }
}
