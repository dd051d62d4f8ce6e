import HTTPServer
import Locking
import Logging
import ReplicationCore

/// The keys of requests: where the log holds their entries.
extension MasterNode {
  /// Reads the keys of the log, which holds none of a request that is refused meanwhile.
  func readKeys() async {
    let reading = KeyReading(log: log, last: log.end.last)
    do {
      guard let index = try await reading.run() else { return }
      state.withLock { $0.keys = index }
      if index.count > 0 { logger.info("the keys of the log are read", metadata: ["keys": "\(index.count)"]) }
    } catch {
      logger.error("the keys of the log can't be read", metadata: ["reason": "\(error)"])
    }
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
    guard let found else {
      throw .notAllowed(
        "nothing was written now: the key has the same hash as the one of offset \(offset); use another key")
    }
    return found
  }
}
