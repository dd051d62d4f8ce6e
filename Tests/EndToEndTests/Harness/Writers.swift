import Locking

/// Clients that add messages one after the other and remember what they were told.
///
/// Client *c* asks for write concern 1 + *c* mod 3. Each text is sent once only, so that a text shown twice was doubled by the
/// nodes.
final class Writers: Sendable {
  /// What one client knows about its messages.
  private struct Memory {
    /// How many it has sent: those with the numbers below this.
    var sent = 0
    /// Answered with 200.
    var confirmed: Set<Int> = []
    /// Answered with "not written".
    var refused: Set<Int> = []
  }

  private let target: NodeClient
  private let writeConcernMax: Int
  private let memories: Locked<[Memory]>

  /// - Parameters:
  ///   - target: the master.
  ///   - clients: how many.
  ///   - writeConcernMax: the highest write concern that any of them asks for.
  init(_ target: NodeClient, clients: Int, writeConcernMax: Int = 3) {
    self.target = target
    self.writeConcernMax = writeConcernMax
    memories = Locked(Array(repeating: Memory(), count: clients))
  }

  /// How many messages were answered with 200.
  var confirmedCount: Int { memories.withLock { $0.reduce(0) { $0 + $1.confirmed.count } } }

  /// How many messages were refused.
  var refusedCount: Int { memories.withLock { $0.reduce(0) { $0 + $1.refused.count } } }

  /// Lets all clients go on until it is said to be over, and waits for the answers that are still to come.
  func write(while isOn: @escaping @Sendable () -> Bool) async {
    await withTaskGroup(of: Void.self) { group in
      for client in 0..<memories.withLock(\.count) {
        group.addTask { [self] in
          while isOn() { await addNext(client) }
        }
      }
    }
  }

  private func addNext(_ client: Int) async {
    let number = memories.withLock { memories in
      memories[client].sent += 1
      return memories[client].sent - 1
    }
    let answer = try? await target.add(
      Self.text(client, number), w: 1 + client % writeConcernMax, timeout: .seconds(30))
    switch answer?.status {
    case 200: memories.withLock { _ = $0[client].confirmed.insert(number) }
    // "503 always means: not written", and so does 507.
    case 503, 507: memories.withLock { _ = $0[client].refused.insert(number) }
    default: break
    }
    // Nobody there: not as fast as the processor can.
    if answer?.status != 200 { try? await Task.sleep(for: .milliseconds(5)) }
  }

  /// Holds what a node shows against what the clients know.
  /// - Returns: what is wrong, in words; empty if nothing is.
  func problems(in shown: [String]) -> [String] {
    var problems: [String] = []
    var seen: [[Int]] = Array(repeating: [], count: memories.withLock(\.count))
    for text in shown {
      guard let (client, number) = Self.parts(of: text), client < seen.count else {
        problems.append("nobody sent \(text)")
        continue
      }
      seen[client].append(number)
    }
    for (client, memory) in memories.withLock({ $0 }).enumerated() {
      let own = seen[client]
      let held = Set(own)
      if held.count != own.count { problems.append("client \(client): messages are doubled") }
      if own != own.sorted() { problems.append("client \(client): messages are out of order") }
      if let last = own.max(), last >= memory.sent { problems.append("client \(client): \(last) was never sent") }
      let missing = memory.confirmed.subtracting(held)
      if !missing.isEmpty {
        problems.append("client \(client): \(missing.sorted().prefix(5)) were confirmed and are missing")
      }
      let undead = memory.refused.intersection(held)
      if !undead.isEmpty {
        problems.append("client \(client): \(undead.sorted().prefix(5)) were refused and are there")
      }
    }
    return problems
  }

  private static func text(_ client: Int, _ number: Int) -> String { "client \(client) message \(number)" }

  private static func parts(of text: String) -> (Int, Int)? {
    let words = text.split(separator: " ")
    guard words.count == 4, let client = Int(words[1]), let number = Int(words[3]) else { return nil }
    return (client, number)
  }
}
