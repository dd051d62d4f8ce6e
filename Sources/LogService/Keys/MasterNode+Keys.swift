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
      if let reason = state.master.readOnly { throw readOnlyRejection(reason) }
      throw .unavailable("not written: the keys of the log are still being read; try again")
    }
    switch keys.place(of: key.hash) {
    case .nowhere: return nil
    case .at(let offset): return offset
    case .forgotten:
      throw Rejection(
        status: 410,
        message:
          "nothing was written now: the key may be one of the log's older ones, of which it can't be told any more; "
          + "look for the message, and use another key for a new one")
    }
  }

  /// The entry that the log holds for a key.
  /// - Throws: 422 if it is another key's, 500 if the log can't be read.
  func entry(of key: RequestKey, at offset: Offset) throws(Rejection) -> KeyedEntry {
    var found: KeyedEntry?
    do throws(LogReadError) {
      let run = try log.read(from: offset, through: offset, generation: log.end.generation)
      run.forEach { entry in
        guard entry.key == key else { return }
        found = KeyedEntry(
          offset: offset, epoch: entry.epoch, isSeal: entry.kind == .seal, payload: Array(entry.payload))
      }
    } catch {
      throw Rejection(status: 500, message: "nothing was written now: \(error)")
    }
    guard let found else {
      throw .notAllowed("not written: the key has the same hash as the one of offset \(offset); use another key")
    }
    return found
  }

  /// Waits until the entry at `offset` is held by so many nodes.
  /// - Throws: 504 if it isn't and the wait is over.
  func wait(for offset: Offset, writeConcern: Int) async throws(Rejection) {
    let waiter = try state.withLock { (state) throws(Rejection) -> WaiterID? in
      if state.master.isReached(writeConcern, at: offset) { return nil }
      if state.isStopping { throw Self.unconfirmed(offset, writeConcern, "the node stops") }
      guard state.master.hasRoomForWaiter(writeConcern) else {
        throw Self.unconfirmed(offset, writeConcern, "too many requests wait for their write concern")
      }
      let waiter = state.master.wait(for: offset, writeConcern: writeConcern)
      state.waiting.expect(waiter)
      return waiter
    }
    guard let waiter else { return }
    guard await end(of: waiter) == .confirmed else {
      throw Self.unconfirmed(offset, writeConcern, "the node stops")
    }
  }

  /// 504: stored, and not known to be held by as many nodes as asked for.
  static func unconfirmed(_ offset: Offset, _ writeConcern: Int, _ reason: String) -> Rejection {
    Rejection(
      status: 504, message: "stored at offset \(offset), not confirmed by \(writeConcern) nodes: \(reason)",
      data: .members(["offset": .number(offset.rawValue), "write_concern": .number(UInt64(writeConcern))]))
  }
}

/// What the log holds for a key.
struct KeyedEntry: Sendable {
  let offset: Offset
  let epoch: Epoch
  /// Whether it is the word that no message will come with the key.
  let isSeal: Bool
  /// The message's UTF-8 bytes.
  let payload: [UInt8]
}
