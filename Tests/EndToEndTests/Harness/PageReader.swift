import Locking

/// A client that reads a node's log page after page, each from where the one before ended, whatever happens to the node.
final class PageReader: Sendable {
  private struct State {
    var events: [EventStream.Event] = []
    var failures = 0
  }

  private let state = Locked(State())
  private let task: Locked<Task<Void, Never>?> = Locked(nil)

  /// Begins to read.
  ///
  /// - Parameters:
  ///   - url: of the node.
  ///   - level: how certain what is shown must be.
  ///   - limit: how many messages a page has at most.
  ///   - seconds: how long an empty page is held: a long poll. 0: it is asked for again after a pause.
  init(_ url: String, level: History.Read.Level = .local, limit: Int, waitSeconds seconds: Int) {
    let state = state
    let task = Task {
      var next = 1
      while !Task.isCancelled {
        let target = "\(url)/messages?from=\(next)&limit=\(limit)&view=full&level=\(level)&wait=\(seconds)"
        let answer = try? await HTTP.get(target, timeout: .seconds(seconds + 2))
        let events = answer.flatMap(Self.events)
        state.withLock { state in
          state.events += events ?? []
          if events == nil { state.failures += 1 }
        }
        if let events, !events.isEmpty { next = answer?.number("Log-Next-Offset") ?? next }
        // Nobody there, or nothing new.
        if events?.isEmpty ?? true { try? await Task.sleep(for: .milliseconds(10)) }
      }
    }
    self.task.withLock { $0 = task }
  }

  deinit {
    task.withLock { $0 }?.cancel()
  }

  /// All messages so far.
  var events: [EventStream.Event] { state.withLock(\.events) }
  /// How often it got no page.
  var failures: Int { state.withLock(\.failures) }

  /// The messages of a page; nil when the answer is none.
  private static func events(_ answer: Answer) -> [EventStream.Event]? {
    guard answer.status == 200, let messages = try? answer.messages else { return nil }
    return messages.map { EventStream.Event(id: $0.offset ?? 0, text: $0.text) }
  }
}
