import Foundation
import Glibc
import Locking

/// A client that follows a node's log with `curl -N`, and comes again with the last id that it has seen whenever its stream ends.
final class EventStream: Sendable {
  /// What came: the id and the text.
  struct Event: Equatable, Sendable {
    let id: Int
    let text: String
  }

  private struct State {
    var events: [Event] = []
    var connections = 0
    /// The first thing that was not as it must be.
    var fault: String?
  }

  private let state = Locked(State())
  private let task: Locked<Task<Void, Never>?> = Locked(nil)

  /// Begins to follow.
  /// - Parameter url: of the node.
  init(_ url: String) {
    let state = state
    let task = Task {
      while !Task.isCancelled {
        let last = state.withLock { state in
          state.connections += 1
          return state.events.last?.id
        }
        do {
          try await Self.follow("\(url)/messages", after: last) { event in state.withLock { $0.events.append(event) } }
        } catch {
          state.withLock { $0.fault = $0.fault ?? "\(error)" }
        }
        try? await Task.sleep(for: .milliseconds(50))
      }
    }
    self.task.withLock { $0 = task }
  }

  deinit {
    task.withLock { $0 }?.cancel()
  }

  /// All events so far, over all connections.
  var events: [Event] { state.withLock(\.events) }
  /// How often it has connected or tried to.
  var connections: Int { state.withLock(\.connections) }
  /// What came that is no whole event.
  var fault: String? { state.withLock(\.fault) }

  /// One connection, until its end or the task's.
  private static func follow(_ url: String, after last: Int?, _ found: (Event) -> Void) async throws {
    let output = "\(NSTemporaryDirectory())/replog-e2e-events-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: output) }
    let id = last.map { ["-H", "Last-Event-ID: \($0)"] } ?? []
    let pid = try Spawn.start(
      ["curl", "-N", "-s", "-f", "--noproxy", "*", "-H", "Accept: text/event-stream"] + id + [url],
      environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"], stdout: output,
      stderr: "/dev/null")
    var status: Int32 = 0
    var position = 0
    var isOver = false
    while !isOver {
      // Looked at before the file is, so that nothing is missed.
      isOver = waitpid(pid, &status, WNOHANG) == pid
      if Task.isCancelled, !isOver {
        kill(pid, SIGKILL)
        waitpid(pid, &status, 0)
        isOver = true
      }
      let bytes = FileManager.default.contents(atPath: output) ?? Data()
      // A last one that was broken off comes again.
      while let end = bytes[position...].firstRange(of: Data("\n\n".utf8)) {
        let lines = String(decoding: bytes[position..<end.lowerBound], as: UTF8.self)
        position = end.upperBound
        if lines.hasPrefix(":") { continue }
        found(try event(lines))
      }
      if !isOver { try? await Task.sleep(for: .milliseconds(5)) }
    }
  }

  private static func event(_ lines: String) throws -> Event {
    let parts = lines.split(separator: "\n", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].hasPrefix("id: "), let id = Int(parts[0].dropFirst(4)),
      parts[1].hasPrefix("data: "), let text = JSON(Array(parts[1].dropFirst(6).utf8))?["text"]?.string
    else { throw HarnessError("no event: \(lines)") }
    return Event(id: id, text: text)
  }
}
