import Foundation
import Locking
import Testing

/// "Every definite outcome given is true": what the exit status of `replog add` says is what the log shows in the end.
@Suite(.turn) struct AddCommandChaosTests {
  private static let count = 48
  private static let clients = 6

  @Test(.timeLimit(.minutes(2))) func whatTheExitStatusSays_IsTrue() async throws {
    let given = ProcessInfo.processInfo.environment["REPLOG_SEED"].flatMap { UInt64($0) }
    let seed = given ?? UInt64.random(in: 0...UInt64.max)
    print("add command: REPLOG_SEED=\(seed)")
    let cluster = try await Cluster.start()
    let proxy = try FaultProxy(toURL: cluster.master.url)
    defer { proxy.stop() }
    let isOn = Locked(true)
    async let spoiling: Void = spoil(proxy, cluster.master, seed) { isOn.withLock { $0 } }
    let statuses = try await statuses(url: proxy.url)
    isOn.withLock { $0 = false }
    try await spoiling
    try await cluster.master.start()
    // What was delivered late has come when the proxy has nothing more to deliver: it waits 0.3 s at most.
    try await Task.sleep(for: .milliseconds(400))
    let messages = try await cluster.master.client.messages()
    for (text, status) in statuses {
      let times = messages.count { $0 == text }
      switch status {
      case .status(0), .status(3): #expect(times == 1, "seed \(seed): \(text)")
      case .status(4): #expect(times == 0, "seed \(seed): \(text)")
      case .status(5): #expect(times <= 1, "seed \(seed): \(text)")
      default: Issue.record("seed \(seed): \(text) ended with \(status)")
      }
    }
    #expect(statuses.count == Self.count && Set(messages).isSubset(of: statuses.keys))
    // Else nothing was tried.
    #expect(proxy.hitCount > Self.count / 8, "seed \(seed)")
    #expect(statuses.values.count { $0 == .status(0) } > Self.count / 2, "seed \(seed): \(statuses)")
  }

  private func statuses(url: String) async throws -> [String: NodeProcess.Exit] {
    try await withThrowingTaskGroup(of: [String: NodeProcess.Exit].self) { group in
      for client in 0..<Self.clients {
        group.addTask {
          var statuses: [String: NodeProcess.Exit] = [:]
          for number in 0..<Self.count / Self.clients {
            let text = "message \(client)-\(number)"
            let program = try await Program.run([
              "add", text, "-w", "\(1 + number % 3)", "--timeout", "3", "--url", url,
            ])
            statuses[text] = program.exit
          }
          return statuses
        }
      }
      return try await group.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
    }
  }

  private func spoil(
    _ proxy: FaultProxy, _ master: Cluster.Node, _ seed: UInt64, while isOn: () -> Bool
  ) async throws {
    var generator = SeededGenerator(seed: seed)
    let faults: [FaultProxy.Fault] = [
      .errorBefore, .errorAfter, .loseAnswer, .deliverLate, .deliverTwice, .swallowAnswer, .blackHole, .refuse,
    ]
    while isOn() {
      try proxy.set(faults.randomElement(using: &generator) ?? .loseAnswer)
      // These waits are how long a fault lasts, and the time between two.
      try await Task.sleep(for: .milliseconds(Int.random(in: 20...300, using: &generator)))
      if Int.random(in: 0..<6, using: &generator) == 0 { try await master.start() }
      try proxy.set(.pass)
      try await Task.sleep(for: .milliseconds(Int.random(in: 20...150, using: &generator)))
    }
    try proxy.set(.pass)
  }
}
