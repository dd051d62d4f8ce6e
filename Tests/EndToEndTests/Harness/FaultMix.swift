import Foundation
import Locking
import Testing

/// Random faults on both followers of a master while clients add messages with every write concern.
struct FaultMix: Sendable {
  /// What happens to one follower for a while.
  private enum Trouble: CaseIterable {
    case kill, pause, errorBefore, errorAfter, loseAnswer, swallowAnswer, blackHole, refuse
  }

  private let cluster: Cluster
  private let proxies: [FaultProxy]
  private let seed: UInt64

  /// - Parameter masterOptions: more arguments of the master.
  static func start(masterOptions: [String]) async throws -> FaultMix {
    let given = ProcessInfo.processInfo.environment["REPLOG_SEED"].flatMap { UInt64($0) }
    let (cluster, proxies) = try await ProxiedCluster.start(followers: 2, proxied: 2, masterOptions: masterOptions)
    return FaultMix(cluster: cluster, proxies: proxies, seed: given ?? UInt64.random(in: 0...UInt64.max))
  }

  /// Runs it, and expects that all is well in the end.
  ///
  /// - Parameters:
  ///   - duration: how long faults come.
  ///   - pauses: how long one lasts, in milliseconds.
  func run(for duration: Duration, pauses: ClosedRange<Int>) async throws {
    defer { for proxy in proxies { proxy.stop() } }
    print("fault mix: REPLOG_SEED=\(seed)")
    let end = ContinuousClock.now + duration
    let added = Locked<[String]>([])
    try await withThrowingTaskGroup(of: Void.self) { group in
      for follower in 0..<2 { group.addTask { try await trouble(follower, until: end, pauses) } }
      for client in 0..<6 { group.addTask { try await addMessages(client, until: end, added) } }
      group.addTask { try await watch(until: end) }
      try await group.waitForAll()
    }
    #expect(await cluster.converges(within: .seconds(5)), "seed \(seed): \(cluster.master.process.stderr)")
    let messages = try await cluster.followers[0].client.messages()
    #expect(messages.sorted() == added.withLock { $0 }.sorted(), "seed \(seed): each message once")
  }

  private func trouble(_ index: Int, until end: ContinuousClock.Instant, _ pauses: ClosedRange<Int>) async throws {
    var generator = SeededGenerator(seed: seed &+ UInt64(index))
    let follower = cluster.followers[index]
    while ContinuousClock.now < end {
      let trouble = Trouble.allCases.randomElement(using: &generator) ?? .kill
      let target = Bool.random(using: &generator) ? FaultProxy.Target.everything : .batches
      switch trouble {
      case .kill: follower.kill()
      case .pause: follower.pause()
      case .errorBefore: try proxies[index].set(.errorBefore, on: target)
      case .errorAfter: try proxies[index].set(.errorAfter, on: target)
      case .loseAnswer: try proxies[index].set(.loseAnswer, on: target)
      case .swallowAnswer: try proxies[index].set(.swallowAnswer, on: target)
      case .blackHole: try proxies[index].set(.blackHole, on: target)
      case .refuse: try proxies[index].set(.refuse)
      }
      // This wait is the fault itself: how long it lasts.
      try await Task.sleep(for: .milliseconds(Int.random(in: pauses, using: &generator)))
      follower.resume()
      try proxies[index].set(.pass)
      if trouble == .kill { try await follower.start() }
      try await Task.sleep(for: .milliseconds(Int.random(in: pauses, using: &generator)))
    }
  }

  /// Every answer is a 200, however long it takes, and the message is there then.
  private func addMessages(_ client: Int, until end: ContinuousClock.Instant, _ added: Locked<[String]>) async throws {
    var number = 0
    while ContinuousClock.now < end {
      let text = "client \(client), message \(number)"
      added.withLock { $0.append(text) }
      let answer = try await cluster.master.client.add(text, w: 1 + client % 3, timeout: .seconds(60))
      #expect(answer.status == 200, "seed \(seed): \(answer.text)")
      number += 1
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  /// What a follower shows is at every moment the beginning of what the master shows a moment later: it may be durable there
  /// a little before it is on the master.
  private func watch(until end: ContinuousClock.Instant) async throws {
    while ContinuousClock.now < end {
      for follower in cluster.followers {
        guard let shown = try? await HTTP.get("\(follower.url)/messages", timeout: .seconds(1)).texts else { continue }
        let isPrefix = await eventually(within: .seconds(2)) {
          try await cluster.master.client.messages().starts(with: shown)
        }
        #expect(isPrefix, "seed \(seed)")
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }
}
