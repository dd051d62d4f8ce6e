import Glibc
import HTTPServer
import Locking
import LogService
import LogStorage
import Logging

/// The life of a node's process: it opens its log, runs until a signal, stops, and leaves no log line behind.
enum Running {
  /// Where the process's log lines go: stderr.
  static let writer = LogWriter(descriptor: STDERR_FILENO)

  /// A logger whose lines carry the node's name.
  static func logger(node: String, level: Logger.Level) -> Logger {
    Logger(label: node) { _ in LineLogHandler(node: node, logLevel: level, writer: writer) }
  }

  /// Binds the port, opens the log in a folder, starts a node on them, waits for a signal and stops it. In this order: an
  /// address in use is an error before anything else happens.
  /// - Parameters:
  ///   - configuration: of the node.
  ///   - folder: where the log is, or is to be.
  ///   - sync: when an entry counts as written.
  ///   - start: starts the node.
  /// - Throws: what keeps the node from starting; `StorageError` if its folder can't be used.
  static func run(
    _ configuration: NodeConfiguration, folder: String, sync: DiskLogOptions.SyncPolicy,
    _ start: (ListeningSocket, DiskLog) async throws -> any Node
  ) async throws {
    FreedMemory.keep()
    let logger = configuration.logger
    for variable in Environment.unknown(ProcessEnvironment.variables) {
      logger.warning("no such setting: the variable is ignored", metadata: ["variable": "\(variable)"])
    }
    let socket = try ListeningSocket.bind(host: configuration.host, port: configuration.port)
    let log = try LogFolder.open(folder, sync: sync, logger)
    let isStarted = Locked(false)
    let stopping = Task {
      let signal = await Signals.wait()
      logger.info("signal", metadata: ["signal": "\(signal)"])
      guard !isStarted.withLock({ $0 }) else { return }
      // A start may take a while, with followers to ask and a tail to copy back; it may end at any moment, as by a crash.
      writer.flush()
      exit(EXIT_SUCCESS)
    }
    let node = try await start(socket, log)
    isStarted.withLock { $0 = true }
    await stopping.value
    await node.stop()
    log.close()
    writer.flush()
  }
}
