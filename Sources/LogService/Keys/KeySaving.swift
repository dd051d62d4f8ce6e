import Locking
import LogStorage
import Logging
import ReplicationCore

/// Keeps the keys of a master's log in a file, so that its next start reads only what came after.
///
/// A save has nothing to do with the index that requests use: it reads the file, then the log from there up to its durable end,
/// and writes the file anew. So nothing waits for it, and what it saves is durable in the log.
final class KeySaving: Sendable {
  /// How it goes about it. The defaults are right for a node; tests make things smaller.
  struct Options {
    /// How many bytes of entries come between two saves: no start reads many more.
    var bytesBetween: UInt64 = 256 << 20
    /// How often it is looked whether it is time.
    var lookInterval = Duration.seconds(1)
    /// Before a save that failed is tried again.
    var retryPause = Duration.seconds(60)
    /// How long the save of a stopping node may take: what is missing then, the next start reads.
    var stopTime = Duration.seconds(2)
    /// How long a save pauses for each second that it works: it takes a fifth of one core.
    var pauseFactor = 4.0
    /// An index of the size that is wanted.
    var empty = KeyIndex()
  }

  private struct State {
    /// The point of the file, or the beginning.
    var saved = Offset.zero
    /// At how many bytes that the log has written the next save is due.
    var dueAt: UInt64 = 0
    var isSaving = false
  }

  private let log: DiskLog
  private let logger: Logger
  private let options: Options
  private let state = Locked(State())

  init(log: DiskLog, logger: Logger, options: Options = Options()) {
    self.log = log
    self.logger = logger
    self.options = options
  }

  /// The keys of the whole log, as a start needs them: what was saved, and what came after. Where that was much, it is saved
  /// before this returns.
  /// - Throws: `LogReadError` where the log can't be read, `CancellationError`.
  func read() async throws -> KeyReading.Result {
    let known = load()
    let saved = known.point.offset
    let result = try await KeyReading(log: log, last: log.end.last).run(from: known)
    let dueAt = log.counts.bytes + (options.bytesBetween - min(options.bytesBetween, result.bytes))
    state.withLock { state in
      state.saved = saved
      state.dueAt = dueAt
    }
    if result.bytes >= options.bytesBetween, log.end.durable >= result.keys.point.offset {
      _ = await save(isPaced: false) { result.keys }
    }
    return result
  }

  /// Saves now and then, until the task is cancelled.
  /// - Parameter hasNoKeys: whether the log is known to hold none: then none needs to be looked for.
  func run(hasNoKeys: @Sendable () -> Bool) async {
    while (try? await Task.sleep(for: options.lookInterval)) != nil {
      guard log.counts.bytes >= state.withLock(\.dueAt) else { continue }
      let isSaved = await save(isPaced: true, hasNoKeys: hasNoKeys)
      if !isSaved { try? await Task.sleep(for: options.retryPause) }
    }
  }

  /// Saves what a stopping node has, as far as there is time.
  /// - Parameter hasNoKeys: as for `run`.
  func saveAtStop(hasNoKeys: @escaping @Sendable () -> Bool) async {
    let saving = Task { _ = await save(isPaced: false, hasNoKeys: hasNoKeys) }
    let limit = Task {
      try await Task.sleep(for: options.stopTime)
      saving.cancel()
    }
    await saving.value
    limit.cancel()
  }

  /// Saves the keys up to the log's durable end, if that is further than what is saved.
  /// - Returns: false if that doesn't work at the moment.
  func save(isPaced: Bool, hasNoKeys: () -> Bool) async -> Bool {
    let durable = log.end.durablePoint
    guard durable.offset > state.withLock(\.saved) else { return true }
    // A disk in trouble has no space for what the log can do without.
    guard log.trouble == nil else { return false }
    // Asked after the end was looked at: a key that comes now lies behind it.
    let isEmpty = hasNoKeys()
    return await save(isPaced: isPaced) {
      if isEmpty { return LogKeys(index: options.empty, point: durable) }
      let reading = KeyReading(
        log: log, last: durable.offset, pauseFactor: isPaced ? options.pauseFactor : 0)
      return try await reading.run(from: load()).keys
    }
  }

  private func save(isPaced: Bool, _ keys: () async throws -> LogKeys) async -> Bool {
    let isFirst = state.withLock { state in
      defer { state.isSaving = true }
      return !state.isSaving
    }
    guard isFirst else { return false }
    defer { state.withLock { $0.isSaving = false } }
    let begin = ContinuousClock.now
    let bytesWritten = log.counts.bytes
    do {
      let keys = try await keys()
      var piece = ContinuousClock.now
      try await log.keysFile.save(keys) {
        if isPaced { try await Task.sleep(for: (ContinuousClock.now - piece) * options.pauseFactor) }
        piece = ContinuousClock.now
      }
      state.withLock { state in
        state.saved = keys.point.offset
        state.dueAt = bytesWritten + options.bytesBetween
      }
      logger.debug(
        "the keys of the log are saved",
        metadata: [
          "keys": "\(keys.index.count)", "last": "\(keys.point.offset)",
          "ms": "\(Int((ContinuousClock.now - begin) / .milliseconds(1)))",
        ])
      return true
    } catch is CancellationError {
      return false
    } catch {
      logger.warning(
        "the keys of the log can't be saved: a start takes longer until they are", metadata: ["reason": "\(error)"])
      return false
    }
  }

  /// The keys that were saved, if the log goes on from there; else none.
  private func load() -> LogKeys {
    let beginning = LogKeys(index: options.empty, point: LogPoint(beginning: log.identity.log))
    do {
      guard let keys = try log.keysFile.load(like: options.empty) else { return beginning }
      if try log.point(at: keys.point.offset) == keys.point { return keys }
      logger.notice(
        "the saved keys are not used: the log doesn't go on from there", metadata: ["offset": "\(keys.point.offset)"])
    } catch {
      logger.warning("the saved keys are not used", metadata: ["reason": "\(error)"])
    }
    return beginning
  }
}
