import Locking

/// Clients that add messages with a key each, and do not stop before they know of each whether it was written.
///
/// A lost answer makes a client repeat its request, ask for the outcome, or seal the key. What it was told, and when, is
/// remembered, and held against the log in the end.
final class KeyedClients: Sendable {
  /// What a client came to know of one message.
  enum Outcome: Sendable, Hashable {
    case committed, notWritten
  }

  struct Operation: Sendable {
    let text: String
    let begin: ContinuousClock.Instant
    let end: ContinuousClock.Instant
    let outcome: Outcome
    /// Two definite outcomes that don't fit.
    let contradiction: String?
  }

  private let url: String
  private let operations = Locked<[Operation]>([])
  private let givenUp = Locked<[String]>([])
  private let attempts = Locked(0)

  /// - Parameter url: of the master, or of a proxy before it.
  init(url: String) {
    self.url = url
  }

  /// How many messages have a definite outcome.
  var count: Int { operations.withLock(\.count) }
  /// How many requests were sent.
  var requests: Int { attempts.withLock { $0 } }
  /// How many keys were sealed.
  var sealed: Int { operations.withLock { $0.count { $0.outcome == .notWritten } } }

  /// Lets `clients` clients add `count` messages together.
  func run(_ count: Int, clients: Int, seed: UInt64) async {
    let next = Locked(0)
    await withTaskGroup(of: Void.self) { group in
      for client in 0..<clients {
        group.addTask { [self] in
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
    let begin = ContinuousClock.now
    var outcome: Outcome?
    var attempt = 0
    while outcome == nil {
      attempt += 1
      guard attempt <= 500 else { return givenUp.withLock { $0.append(text) } }
      attempts.withLock { $0 += 1 }
      // The first is always an add; then one of the three ways to find out.
      let way = attempt == 1 ? 0 : Int.random(in: 0..<10, using: &generator)
      switch way {
      case 0..<7: outcome = await tryAdd(text, key, writeConcern)
      case 7, 8: outcome = await ask(key, writeConcern)
      default: outcome = await seal(key)
      }
      // Nobody there: not as fast as the processor can.
      if outcome == nil { try? await Task.sleep(for: .milliseconds(2)) }
    }
    guard let outcome else { return }
    // Who asks again is told the same.
    var contradiction: String?
    if Int.random(in: 0..<10, using: &generator) == 0, let again = await ask(key, writeConcern), again != outcome {
      contradiction = "\(text): \(outcome), then \(again)"
    }
    let operation = Operation(
      text: text, begin: begin, end: .now, outcome: outcome, contradiction: contradiction)
    operations.withLock { $0.append(operation) }
  }

  private func tryAdd(_ text: String, _ key: String, _ writeConcern: Int) async -> Outcome? {
    let body = #"{"data":"\#(text)","write_concern":\#(writeConcern)}"#
    switch try? await HTTP.post("\(url)/add", body, key: key, timeout: .seconds(2)).status {
    case 200: return .committed
    case 409: return .notWritten
    default: return nil
    }
  }

  private func ask(_ key: String, _ writeConcern: Int) async -> Outcome? {
    let answer = try? await HTTP.get("\(url)/requests/\(key)?write_concern=\(writeConcern)", timeout: .seconds(2))
    return answer.flatMap(Self.outcome)
  }

  private func seal(_ key: String) async -> Outcome? {
    let answer = try? await HTTP.delete("\(url)/requests/\(key)", timeout: .seconds(2))
    return answer.flatMap(Self.outcome)
  }

  private static func outcome(_ answer: Answer) -> Outcome? {
    guard answer.status == 200 else { return nil }
    switch answer.data?["outcome"]?.string {
    case "committed": return .committed
    case "not_written": return .notWritten
    default: return nil
    }
  }

  /// Holds what a node shows against what the clients know.
  /// - Returns: what is wrong, in words; empty if nothing is.
  func problems(in shown: [String]) -> [String] {
    let operations = operations.withLock { $0 }
    var problems = operations.compactMap(\.contradiction) + givenUp.withLock { $0.map { "\($0) has no outcome" } }
    var places: [String: Int] = [:]
    for (place, text) in shown.enumerated() {
      if places.updateValue(place, forKey: text) != nil { problems.append("\(text) is there twice") }
    }
    for operation in operations where (places[operation.text] != nil) != (operation.outcome == .committed) {
      problems.append(
        "\(operation.text) was \(operation.outcome), and \(places[operation.text].map { "is at \($0 + 1)" } ?? "is missing")"
      )
    }
    let known = Set(operations.map(\.text))
    for text in shown where !known.contains(text) { problems.append("nobody knows of \(text)") }
    return problems + disorder(operations, places)
  }

  /// What was answered before another one was sent comes before it in the log.
  private func disorder(_ operations: [Operation], _ places: [String: Int]) -> [String] {
    let held = operations.compactMap { operation in places[operation.text].map { (place: $0, operation: operation) } }
    var problems: [String] = []
    var firstEndAfter: (end: ContinuousClock.Instant, text: String)?
    for (_, operation) in held.sorted(by: { $0.place > $1.place }) {
      if let later = firstEndAfter, later.end < operation.begin {
        problems.append("\(later.text) was answered before \(operation.text) was sent, and comes after it")
      }
      if firstEndAfter.map({ operation.end < $0.end }) ?? true { firstEndAfter = (operation.end, operation.text) }
    }
    return problems
  }
}
