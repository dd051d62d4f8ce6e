import ArgumentParser
import ReplicationSimulator

/// Runs the replication core through seeds of faults and checks its invariants after every step.
@main
struct Simulate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Runs a whole cluster under virtual time and random faults; everything follows from the seed.",
    discussion: "Prints one line per seed. At the first broken invariant it prints the last steps and exits with 1.")

  @Option(help: "The first seed.")
  var seed: UInt64 = 1

  @Option(help: "How many seeds to run, one after the other.")
  var count: UInt64 = 1

  @Flag(help: "Print only how often each fault and each event happened in all seeds.")
  var totals = false

  @Flag(help: "Print every step.")
  var verbose = false

  func validate() throws {
    guard count >= 1, seed.addingReportingOverflow(count).overflow == false else {
      throw ValidationError("--count must be at least 1, and --seed + --count below 2^64")
    }
  }

  func run() throws {
    var faults: [FaultKind: Int] = [:]
    var happenings: [Happening: Int] = [:]
    for seed in seed..<seed + count {
      do throws(Violation) {
        let summary = try Simulation(seed: seed, trace: verbose ? { print($0) } : nil).run()
        faults.merge(summary.faults, uniquingKeysWith: +)
        happenings.merge(summary.happenings, uniquingKeysWith: +)
        if !totals { print(summary.description) }
      } catch {
        print(error.description)
        throw ExitCode.failure
      }
    }
    guard totals else { return }
    for kind in FaultKind.allCases { print("\(kind.rawValue)=\(faults[kind, default: 0])") }
    for happening in Happening.allCases { print("\(happening.rawValue)=\(happenings[happening, default: 0])") }
  }
}
