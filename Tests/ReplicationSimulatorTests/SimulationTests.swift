import ReplicationSimulator
import Testing

@Suite struct SimulationTests {
  /// The first is kept from happening by the master, which notices before; the others take a thousand seeds.
  private static let rare: Set<Happening> = [.divergedBelowCommit, .wipedByHand, .followerUnreadable]

  /// Each argument is a hundred seeds; a failure's text names the one.
  @Test(arguments: 0..<4)
  func everyInvariantHoldsAfterEveryStepAndEverythingConverges(hundred: UInt64) throws {
    for seed in hundred * 100 + 1...hundred * 100 + 100 {
      let summary = try Simulation(seed: seed).run()
      #expect(summary.steps > 0)
    }
  }

  @Test func everyKindOfFaultAndEveryEventOfTheCoreHappens() throws {
    var faults: [FaultKind: Int] = [:]
    var happenings: [Happening: Int] = [:]
    for seed in UInt64(1001)...1150 {
      let summary = try Simulation(seed: seed).run()
      faults.merge(summary.faults, uniquingKeysWith: +)
      happenings.merge(summary.happenings, uniquingKeysWith: +)
    }
    for kind in FaultKind.allCases { #expect(faults[kind, default: 0] > 0, "\(kind) never happened") }
    for happening in Happening.allCases where !Self.rare.contains(happening) {
      #expect(happenings[happening, default: 0] > 0, "\(happening) never happened")
    }
  }

  @Test(arguments: [3, 19, 44, 978] as [UInt64])
  func theSameSeedGivesTheSameSteps(seed: UInt64) throws {
    var first: [String] = []
    var second: [String] = []
    let summary = try Simulation(seed: seed, trace: { first.append($0) }).run()
    let again = try Simulation(seed: seed, trace: { second.append($0) }).run()
    #expect(first == second)
    #expect(summary == again)
    #expect(first.count > 100)
  }

  @Test func aSummaryIsOneLineWithItsSeedAndFaults() throws {
    let line = try Simulation(seed: 7).run().description
    #expect(line.hasPrefix("seed=7 followers="))
    #expect(!line.contains("\n"))
  }
}
