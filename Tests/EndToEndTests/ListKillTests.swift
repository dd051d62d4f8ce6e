import Foundation
import Glibc
import Locking
import Testing

/// A list is one atomic batch: clients add lists with keys and read every node, while nodes are killed and restarted and lists
/// travel in many batches.
@Suite(.turn) struct ListKillTests {
  private static let writers = 4
  private static let listsOfEach = 15

  @Test(.timeLimit(.minutes(3))) func listsAreWholeOnEveryNode_ThroughKills() async throws {
    let given = ProcessInfo.processInfo.environment["REPLOG_SEED"].flatMap { UInt64($0) }
    let seed = given ?? UInt64.random(in: 0...UInt64.max)
    print("list kills: REPLOG_SEED=\(seed)")
    let cluster = try await Cluster.start(
      masterOptions: [
        "--heartbeat-interval", "0.05", "--backoff-max", "0.2", "--handshake-timeout", "1", "--batch-entries", "3",
      ])
    let isOver = Locked(false)
    let problems = Locked<[String]>([])
    try await withThrowingTaskGroup(of: Void.self) { group in
      for node in cluster.nodes {
        group.addTask {
          while !isOver.withLock(\.self) {
            // A node that is away shows nothing.
            guard let texts = try? await node.client.messages() else { continue }
            if let half = Self.half(texts) { problems.withLock { $0.append("\(node.port) shows \(half)") } }
          }
        }
      }
      group.addTask {
        var generator = SeededGenerator(seed: seed)
        while !isOver.withLock(\.self) {
          let victim = cluster.nodes[Int.random(in: 0...2, using: &generator)]
          victim.kill()
          try await victim.start()
          // The wait is the random moment.
          try await Task.sleep(for: .milliseconds(Int.random(in: 0...200, using: &generator)))
        }
      }
      try await withThrowingTaskGroup(of: Void.self) { writing in
        for writer in 0..<Self.writers {
          writing.addTask { try await Self.write(writer, to: cluster.master.url, seed: seed) }
        }
        try await writing.waitForAll()
      }
      isOver.withLock { $0 = true }
      try await group.waitForAll()
    }
    let comment = Comment(rawValue: "seed \(seed)")
    #expect(await cluster.converges(within: .seconds(20)), comment)
    let texts = try await cluster.master.client.messages()
    #expect(Self.half(texts) == nil && problems.withLock(\.self) == [], comment)
    #expect(Set(texts).count == texts.count, "\(comment): doubled")
    let lists = Set(texts.map { $0.prefix { $0 != " " } })
    #expect(lists.count == Self.writers * Self.listsOfEach, comment)
  }

  /// Adds lists, each with a key, and repeats each until it is committed.
  private static func write(_ writer: Int, to url: String, seed: UInt64) async throws {
    var generator = SeededGenerator(seed: seed &+ UInt64(writer) &+ 1)
    for list in 0..<listsOfEach {
      let count = Int.random(in: 2...40, using: &generator)
      let texts = (1...count).map { #""\#(writer).\#(list) \#($0)/\#(count)""# }.joined(separator: ",")
      let body = #"{"data":[\#(texts)],"write_concern":\#(1 + list % 3)}"#
      while true {
        let answer = try? await HTTP.post("\(url)/add", body, key: "list-\(writer).\(list)", timeout: .seconds(5))
        if answer?.status == 200 { break }
        // Nobody there: not as fast as the processor can.
        try await Task.sleep(for: .milliseconds(5))
      }
    }
  }

  /// The first message that is not where it must be in its list, `WRITER.LIST INDEX/COUNT`.
  private static func half(_ texts: [String]) -> String? {
    var expected: (list: Substring, index: Int, count: Int)?
    for text in texts {
      let parts = text.split { $0 == " " || $0 == "/" }
      guard parts.count == 3, let index = Int(parts[1]), let count = Int(parts[2]) else { return text }
      let (list, wanted) = (expected?.list ?? parts[0], expected?.index ?? 1)
      guard parts[0] == list, index == wanted, count == expected?.count ?? count else { return text }
      expected = index == count ? nil : (parts[0], index + 1, count)
    }
    return expected == nil ? nil : texts.last
  }
}
