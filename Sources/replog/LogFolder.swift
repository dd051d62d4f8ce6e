public import ArgumentParser
public import LogStorage
import Logging
import ReplicationCore

/// Opens the folder of a node's log.
enum LogFolder {
  /// - Parameters:
  ///   - path: made where it is missing.
  ///   - sync: when an entry counts as written.
  ///   - logger: for what was found.
  /// - Returns: the log, with its thread running.
  /// - Throws: `StorageError`: one clear line.
  static func open(_ path: String, sync: DiskLogOptions.SyncPolicy, _ logger: Logger) throws(StorageError) -> DiskLog {
    var options = DiskLogOptions()
    options.sync = sync
    let begin = ContinuousClock.now
    let log = try DiskLog.open(in: try SystemFileSystem.open(path), options: options)
    tell(log, path: path, took: ContinuousClock.now - begin, logger)
    if sync == .never {
      logger.warning("messages are not synced: a loss of power can lose the last moments", metadata: ["sync": "never"])
    }
    try log.start()
    return log
  }

  /// Opens a folder for reading only.
  /// - Throws: `StorageError`, with the folder's path where it holds no log.
  static func read<Result>(_ path: String, _ body: (SystemFileSystem) throws -> Result) throws -> Result {
    let files = try SystemFileSystem.openForReading(path)
    do {
      return try body(files)
    } catch StorageError.noLog {
      throw StorageError.unusableFolder(path: path, reason: "it holds no log")
    }
  }

  private static func tell(_ log: DiskLog, path: String, took: Duration, _ logger: Logger) {
    let report = log.recovery
    logger.info(
      "log opened",
      metadata: [
        "data_dir": "\(path)", "log_id": "\(log.identity.log)", "last": "\(log.end.last)",
        "segments": "\(report.segments)", "ms": "\(Int(took / .milliseconds(1)))",
      ])
    if let torn = report.tornTail {
      logger.warning(
        "a torn tail was cut: it was never known to be durable",
        metadata: [
          "bytes": "\(torn.bytes)", "offset": "\(torn.offset)", "file": "\(torn.file)", "reason": "\(torn.reason)",
        ])
    }
    for problem in report.mended { logger.warning("mended", metadata: ["what": "\(problem)"]) }
    if let trouble = log.trouble { logger.error("the log can't be used as it is", metadata: ["reason": "\(trouble)"]) }
  }
}

extension DiskLogOptions.SyncPolicy: ExpressibleByArgument {}
