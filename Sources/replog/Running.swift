import Glibc
import LogService
import Logging

/// The life of a node's process: it runs until a signal, stops, and leaves no log line behind.
enum Running {
  /// Where the process's log lines go: stderr.
  static let writer = LogWriter(descriptor: STDERR_FILENO)

  /// A logger whose lines carry the node's name.
  static func logger(node: String, level: Logger.Level) -> Logger {
    Logger(label: node) { _ in LineLogHandler(node: node, logLevel: level, writer: writer) }
  }

  /// Starts a node, waits for a signal and stops it.
  static func run(_ logger: Logger, _ start: () async throws -> any Node) async throws {
    for variable in Environment.unknown(ProcessEnvironment.variables) {
      logger.warning("no such setting: the variable is ignored", metadata: ["variable": "\(variable)"])
    }
    let node = try await start()
    let signal = await Signals.wait()
    logger.info("signal", metadata: ["signal": "\(signal)"])
    await node.stop()
    writer.flush()
  }
}
