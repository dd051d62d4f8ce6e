import ReplicationCore
import Testing

@testable import ReplicationSimulator

@Suite struct ViolationTests {
  @Test func aViolationNamesItsSeedTimeInvariantValuesAndSteps() {
    let violation = Violation(
      seed: 42, time: Instant(nanoseconds: 1_500_000_000), invariant: Invariants.next, detail: "match 3, next 3",
      steps: ["first step", "second step"])
    let text = violation.description
    for part in ["seed 42", "1500 ms", Invariants.next, "match 3, next 3", "  first step\n  second step\n"] {
      #expect(text.contains(part), "\(part)")
    }
  }
}
