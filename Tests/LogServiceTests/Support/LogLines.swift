import Locking
import Logging

/// Keeps log lines for a test to look at.
final class LogLines: Sendable {
  private let lines = Locked<[String]>([])

  /// What was logged, as level, message and facts.
  var all: [String] { lines.withLock { $0 } }

  var logger: Logger {
    Logger(label: "test") { [self] _ in Handler(lines: self) }
  }

  private struct Handler: LogHandler {
    let lines: LogLines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let line = "\(event.level) \(event.message) \(event.metadata ?? [:])"
      lines.lines.withLock { $0.append(line) }
    }
  }
}
