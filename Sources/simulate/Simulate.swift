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

  @Flag(help: "Print every step.")
  var verbose = false

  func validate() throws {
    guard count >= 1, seed.addingReportingOverflow(count).overflow == false else {
      throw ValidationError("--count must be at least 1, and --seed + --count below 2^64")
    }
  }

  func run() throws {
    for seed in seed..<seed + count {
      do throws(Violation) {
        let simulation = Simulation(seed: seed, trace: verbose ? { print($0) } : nil)
        print(try simulation.run().description)
      } catch {
        print(error.description)
        throw ExitCode.failure
      }
    }
  }
}
