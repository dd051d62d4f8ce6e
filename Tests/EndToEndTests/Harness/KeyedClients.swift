import Locking

/// Clients that add messages with a key each, and do not stop before they know of each whether it was written.
///
/// A lost answer makes a client repeat its request, ask for the outcome, or seal the key.
struct KeyedClients: Sendable {
  /// To the master, or to a proxy before it.
  let requests: RecordedRequests
  /// From the nodes themselves.
  let reads: RecordedReads

  /// A client gives up after so many requests: then the history has a key without an outcome.
  private static let attemptsMax = 500

  /// Lets `clients` clients add `count` messages together.
  func run(_ count: Int, clients: Int, seed: UInt64) async {
    let next = Locked(0)
    await withTaskGroup(of: Void.self) { group in
      for client in 0..<clients {
        group.addTask {
          var generator = SeededGenerator(seed: seed &+ UInt64(client))
          while true {
            let number = next.withLock { next in
              next += 1
              return next
            }
            guard number <= count else { return }
            await add("message \(number)", key: "key-\(number)", w: 1 + number % 3, &generator)
          }
        }
      }
    }
  }

  private func add(_ text: String, key: String, w writeConcern: Int, _ generator: inout SeededGenerator) async {
    var outcome: History.Answer?
    for attempt in 1...Self.attemptsMax where outcome == nil {
      // The first is always an add; then one of the three ways to find out.
      let way = attempt == 1 ? Int.random(in: 0..<7, using: &generator) : Int.random(in: 0..<10, using: &generator)
      let answer =
        switch way {
        case 0: await requests.add(text, key: key, w: writeConcern, timeout: Int.random(in: 1...20, using: &generator))
        case 1..<7: await requests.add(text, key: key, w: writeConcern)
        case 7, 8: await requests.ask(key, w: writeConcern)
        default: await requests.seal(key, w: writeConcern)
        }
      if let answer, answer.outcome == .committed || answer.outcome == .sealed {
        outcome = answer
      } else {
        // Nobody there: not as fast as the processor can.
        try? await Task.sleep(for: .milliseconds(2))
      }
    }
    guard let outcome else { return }
    await check(outcome, key, writeConcern, &generator)
  }

  /// Looks at what an answer is worth, now and then.
  private func check(
    _ outcome: History.Answer, _ key: String, _ writeConcern: Int, _ generator: inout SeededGenerator
  ) async {
    switch Int.random(in: 0..<20, using: &generator) {
    case 0, 1: _ = await requests.ask(key, w: writeConcern)
    case 2: await reads.lookAtAll()
    case 3:
      // What I have written I can read on any node.
      guard let offset = outcome.offset else { return }
      let node = Int.random(in: 0..<reads.urls.count, using: &generator)
      await reads.page(of: node, from: offset, limit: 1, minOffset: offset, wait: 200)
    default: break
    }
  }
}
