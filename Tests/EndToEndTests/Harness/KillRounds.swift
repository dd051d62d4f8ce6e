import Foundation
import Glibc
import Locking
import Testing

/// `kill -9` of nodes at random moments while clients add messages with every write concern; the nodes keep their data from
/// round to round.
struct KillRounds {
  private let cluster: Cluster
  private let writers: Writers
  private let seed: UInt64
  private var generator: SeededGenerator

  /// Runs it, and expects after each round that nothing was lost, doubled or reordered.
  static func run(_ rounds: Int) async throws {
    let given = ProcessInfo.processInfo.environment["REPLOG_SEED"].flatMap { UInt64($0) }
    let seed = given ?? UInt64.random(in: 0...UInt64.max)
    print("kill rounds: REPLOG_SEED=\(seed)")
    let cluster = try await Cluster.start(
      masterOptions: [
        "--heartbeat-interval", "0.05", "--suspected-after", "0.5", "--backoff-max", "0.2", "--handshake-timeout", "1",
      ])
    var all = KillRounds(
      cluster: cluster, writers: Writers(cluster.master.client, clients: 6), seed: seed,
      generator: SeededGenerator(seed: seed))
    for round in 1...rounds { try await all.run(round: round) }
    try await all.expectSoundFolders()
  }

  private mutating func run(round: Int) async throws {
    let isOn = Locked(true)
    async let writing: Void = writers.write { isOn.withLock { $0 } }
    try await pause(20...250)
    let victims = chooseVictims()
    for victim in victims { victim.process.send(SIGKILL) }
    for victim in victims { victim.kill() }
    try await pause(0...100)
    for victim in victims.shuffled(using: &generator) { try victim.launch() }
    // Some are hit again while they start.
    for victim in victims where Int.random(in: 0..<3, using: &generator) == 0 {
      try await pause(0...60)
      try victim.launch()
    }
    for victim in victims { _ = try await victim.process.port() }
    try await pause(0...80)
    isOn.withLock { $0 = false }
    await writing
    let comment = Comment(rawValue: "seed \(seed), round \(round)")
    let isEqual = await cluster.converges(within: .seconds(10))
    #expect(isEqual, "\(comment): \(cluster.nodes.map(\.process.stderr).joined(separator: "\n"))")
    let problems = writers.problems(in: try await cluster.master.client.messages())
    #expect(problems == [], comment)
    guard isEqual, problems.isEmpty else { throw HarnessError("\(comment)") }
  }

  /// The wait is the random moment.
  private mutating func pause(_ milliseconds: ClosedRange<Int>) async throws {
    try await Task.sleep(for: .milliseconds(Int.random(in: milliseconds, using: &generator)))
  }

  private mutating func chooseVictims() -> [Cluster.Node] {
    let nodes = cluster.nodes
    switch Int.random(in: 0..<8, using: &generator) {
    case 0, 1, 2: return nodes
    case 3, 4: return [cluster.master]
    case 5: return [nodes[Int.random(in: 1...2, using: &generator)]]
    case 6: return cluster.followers
    default: return [cluster.master, nodes[Int.random(in: 1...2, using: &generator)]]
    }
  }

  /// The folders that all of it has left behind are whole and hold the same.
  private func expectSoundFolders() async throws {
    #expect(writers.confirmedCount > 100, "seed \(seed): nearly nothing was added")
    for node in cluster.nodes { node.kill() }
    var ends: Set<Substring> = []
    for node in cluster.nodes {
      let check = try await node.verify()
      #expect(check.exit == .status(0) && check.stdout.contains("the log is whole"), "seed \(seed): \(check)")
      // "last offset N, durable N, hash H"
      for line in check.stdout.split(separator: "\n") where line.contains("last offset") {
        ends.insert(line[(line.range(of: "last offset")?.lowerBound ?? line.startIndex)...])
      }
    }
    #expect(ends.count == 1, "seed \(seed): \(ends)")
  }
}
