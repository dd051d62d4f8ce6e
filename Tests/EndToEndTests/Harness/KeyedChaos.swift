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
    let recorder = HistoryRecorder()
    let reads = RecordedReads(urls: cluster.nodes.map(\.url), recorder: recorder)
    let clients = KeyedClients(requests: RecordedRequests(url: proxy.url, recorder: recorder), reads: reads)
    let isOn = Locked(true)
    async let spoiling: Void = spoil(proxy, seed) { isOn.withLock { $0 } }
    async let killing: Void = kill(cluster, reads, seed) { isOn.withLock { $0 } }
    async let reading: Void = read(reads, seed) { isOn.withLock { $0 } }
    await clients.run(count, clients: 16, seed: seed)
    isOn.withLock { $0 = false }
    try await spoiling
    try await killing
    await reading
    // What was delivered late has come by now: the log no longer changes.
    let isEqual = await cluster.converges(within: .seconds(10))
    #expect(isEqual, "seed \(seed): \(cluster.nodes.map(\.process.stderr).joined(separator: "\n"))")
    for node in cluster.nodes.indices { recorder.note(log: try await reads.wholeLog(of: node)) }
    let history = recorder.history
    #expect(HistoryChecker.summary(of: HistoryChecker.violations(in: history)) == [], "seed \(seed)")
    // Else nothing was tried.
    let sealed = history.requests.count { $0.answer?.outcome == .sealed }
    #expect(history.requests.count > count + count / 50 && sealed > 0, "seed \(seed)")
    #expect(history.reads.count > count / 50 && !history.holdings.isEmpty, "seed \(seed)")
  }

  private static func read(_ reads: RecordedReads, _ seed: UInt64, while isOn: @escaping @Sendable () -> Bool) async {
    await withTaskGroup(of: Void.self) { group in
      for reader in 0..<3 {
        group.addTask {
          var session = RecordedSession(reads, seed: seed &+ 2_000 &+ UInt64(reader))
          await session.run(while: isOn)
        }
      }
    }
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

  private static func kill(
    _ cluster: Cluster, _ reads: RecordedReads, _ seed: UInt64, while isOn: () -> Bool
  ) async throws {
    var generator = SeededGenerator(seed: seed &+ 1_000)
    let recorder = reads.recorder
    var last = 0
    while isOn() {
      try await Task.sleep(for: .milliseconds(Int.random(in: 200...800, using: &generator)))
      let victims =
        switch Int.random(in: 0..<8, using: &generator) {
        case 0, 1: [0, 1, 2]
        case 2: [1, 2]
        default: [Int.random(in: 0...2, using: &generator)]
        }
      for victim in victims {
        // What it shows is durable: it dies at once, and it is looked whether it holds it.
        await reads.page(of: victim, from: max(1, last - 5), limit: 2_000) { cluster.nodes[victim].kill() }
      }
      // Until it is started it has no more than this.
      for victim in victims {
        last = try await cluster.nodes[victim].lastOffsetInFolder()
        recorder.note(History.Holding(node: victim, at: recorder.now, last: last))
      }
      for victim in victims {
        recorder.note(History.Start(node: victim, at: recorder.now))
        try cluster.nodes[victim].launch()
      }
      for victim in victims { _ = try await cluster.nodes[victim].process.port() }
    }
  }
}
