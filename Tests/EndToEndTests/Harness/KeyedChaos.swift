import Foundation
import Locking
import Testing

/// Clients with keys behind a proxy that loses, delays and doubles their requests and answers, while nodes are killed.
struct KeyedChaos {
  /// Adds `count` messages, and expects that each has one true outcome.
  static func run(_ count: Int) async throws {
    let given = ProcessInfo.processInfo.environment["REPLOG_SEED"].flatMap { UInt64($0) }
    let seed = given ?? UInt64.random(in: 0...UInt64.max)
    print("keyed chaos: REPLOG_SEED=\(seed)")
    let cluster = try await Cluster.start(
      masterOptions: [
        "--heartbeat-interval", "0.05", "--suspected-after", "0.5", "--backoff-max", "0.2", "--handshake-timeout", "1",
      ])
    let proxy = try FaultProxy(toURL: cluster.master.url)
    defer { proxy.stop() }
    let clients = KeyedClients(url: proxy.url)
    let isOn = Locked(true)
    async let spoiling: Void = spoil(proxy, seed) { isOn.withLock { $0 } }
    async let killing: Void = kill(cluster, seed) { isOn.withLock { $0 } }
    await clients.run(count, clients: 16, seed: seed)
    isOn.withLock { $0 = false }
    try await spoiling
    try await killing
    let isEqual = await cluster.converges(within: .seconds(10))
    #expect(isEqual, "seed \(seed): \(cluster.nodes.map(\.process.stderr).joined(separator: "\n"))")
    // What was delivered late has come by now: the log no longer changes.
    let problems = clients.problems(in: try await cluster.master.client.messages())
    #expect(problems == [], "seed \(seed)")
    #expect(clients.count == count, "seed \(seed)")
    // Else nothing was tried.
    #expect(clients.requests > count + count / 50 && clients.sealed > 0, "seed \(seed): \(clients.requests) requests")
  }

  private static func spoil(_ proxy: FaultProxy, _ seed: UInt64, while isOn: () -> Bool) async throws {
    var generator = SeededGenerator(seed: seed &- 1)
    let faults: [FaultProxy.Fault] = [
      .errorBefore, .errorAfter, .loseAnswer, .deliverLate, .deliverTwice, .swallowAnswer, .blackHole, .refuse,
    ]
    while isOn() {
      try proxy.set(faults.randomElement(using: &generator) ?? .loseAnswer)
      // These waits are how long a fault lasts, and the time between two.
      try await Task.sleep(for: .milliseconds(Int.random(in: 1...20, using: &generator)))
      try proxy.set(.pass)
      try await Task.sleep(for: .milliseconds(Int.random(in: 5...60, using: &generator)))
    }
  }

  private static func kill(_ cluster: Cluster, _ seed: UInt64, while isOn: () -> Bool) async throws {
    var generator = SeededGenerator(seed: seed &+ 1_000)
    while isOn() {
      try await Task.sleep(for: .milliseconds(Int.random(in: 200...800, using: &generator)))
      let victims =
        Int.random(in: 0..<4, using: &generator) == 0
        ? cluster.nodes : [cluster.nodes[Int.random(in: 0...2, using: &generator)]]
      for victim in victims { victim.kill() }
      for victim in victims { try victim.launch() }
      for victim in victims { _ = try await victim.process.port() }
    }
  }
}
