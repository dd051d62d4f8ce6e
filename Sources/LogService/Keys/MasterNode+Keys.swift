import HTTPServer
import Locking
import Logging
import ReplicationCore

/// The keys of requests: where the log holds their entries.
extension MasterNode {
  /// Reads the keys of the log, which holds none of a request that is refused meanwhile; then saves them now and then.
  func keepKeys() -> Task<Void, Never> {
    Task.detached(priority: .utility) { [weak self, keySaving] in
      guard await self?.readKeys() == true else { return }
      await keySaving.run { [weak self] in self?.hasNoKeys ?? false }
    }
  }

  private func readKeys() async -> Bool {
    let begin = ContinuousClock.now
    do {
      let result = try await keySaving.read()
      state.withLock { $0.keys = result.keys.index }
      logger.info(
        "the keys of the log are read",
        metadata: [
          "keys": "\(result.keys.index.count)", "entries_read": "\(result.entries)",
          "ms": "\(Int((ContinuousClock.now - begin) / .milliseconds(1)))",
        ])
      return true
    } catch is CancellationError {
      return false
    } catch {
      logger.error("the keys of the log can't be read", metadata: ["reason": "\(error)"])
      return false
    }
  }

  /// Whether it is known that no entry has a key.
  private var hasNoKeys: Bool { state.withLock { $0.keys?.isEmpty ?? false } }

  /// Saves the keys of a stopping node's log, beside the rest of the stop; those that were not read yet are not.
  func saveKeysAtStop() async {
    let keyReading = keyReading.withLock { $0 }
    keyReading?.cancel()
    await keyReading?.value
    guard state.withLock({ $0.keys != nil }) else { return }
    await keySaving.saveAtStop { self.hasNoKeys }
  }

  /// Where the log holds a key's entry; nil if nowhere. To be called under the node's lock.
  /// - Throws: 410 if that can't be told any more, 503 if it can't be told yet.
  func place(of key: RequestKey, in state: borrowing State) throws(Rejection) -> Offset? {
    guard let keys = state.keys else {
      let reason = state.master.readOnly.map { describe($0) } ?? "the keys of the log are still being read"
      var rejection = Rejection.unavailable(
        "nothing was written now; whether the key was seen before can't be told yet: \(reason)")
      rejection.outcomeOfAdd = .unknown
      throw rejection
    }
    switch keys.place(of: key.hash) {
    case .nowhere: return nil
    case .at(let offset): return offset
    case .forgotten:
      throw Rejection(
        status: 410,
        message:
          "nothing was written now: the key may be one of the log's older ones, of which it can't be told any more; "
          + "look for the message, and use another key for a new one", outcomeOfAdd: .unknown)
    }
  }

  /// The entry that the log holds for a key.
  /// - Throws: 422 if it is another key's, 500 if the log can't be read.
  func entry(of key: RequestKey, at offset: Offset) throws(Rejection) -> KeyedEntry {
    let found: KeyedEntry?
    do throws(LogReadError) {
      found = try KeyedEntry(of: key, at: offset, in: log)
    } catch {
      throw Rejection(status: 500, message: "nothing was written now: \(error)", outcomeOfAdd: .unknown)
    }
    if let found, !found.isWhole {
      throw Rejection(
        status: 503,
        message: "nothing was written now; this log has only the beginning of the list with this key: see /health",
        outcomeOfAdd: .unknown)
    }
    guard let found else {
      throw .notAllowed(
        "nothing was written now: the key has the same hash as the one of offset \(offset); use another key")
    }
    return found
  }
}
