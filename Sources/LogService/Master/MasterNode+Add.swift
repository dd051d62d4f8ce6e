import HTTPServer
import Locking
import Logging
import ReplicationCore

extension MasterNode {
  /// `POST /add`: step 4 to 10 of the way of one message (docs/ARCHITECTURE.md).
  func add(_ request: Request) async throws(Rejection) -> Response {
    let key = try IdempotencyKey.of(request)
    let body = try AddBody(request.body, nodes: configuration.followers.count + 1)
    let writeConcern = body.writeConcern ?? majority(ofNodes: configuration.followers.count + 1)
    let waiter: WaiterID
    switch try place(body.text, key, writeConcern: writeConcern) {
    case .stored(let offset, let key): return try await replay(body.text, key, at: offset, writeConcern: writeConcern)
    case .new(let new): waiter = new
    }
    // The senders look now and the log syncs now: replication runs beside the master's own store.
    wakeSenders()
    log.sync()
    logger.debug("message added", metadata: ["offset": "\(waiter.offset)", "w": "\(writeConcern)"])
    switch await end(of: waiter) {
    case .confirmed:
      logger.debug("write concern reached", metadata: ["offset": "\(waiter.offset)", "w": "\(writeConcern)"])
      return Self.added
    case .cancelled, .stopping: throw Self.unconfirmed(waiter.offset, writeConcern, "the node stops")
    }
  }

  private static let added = Envelope.response(200, "Message added successfully")
  private static let replayed = Envelope.response(
    200, "Message added successfully", headers: [Header(name: "Idempotency-Replayed", value: "true")])

  private enum Placed {
    case new(WaiterID)
    /// The log holds an entry with the key.
    case stored(Offset, RequestKey)
  }

  /// Fixes the order: under the lock the entry gets its offset and the request its place among the waiters, so that no
  /// sender can see an entry whose waiter is not there yet. A key is looked up before anything else.
  private func place(_ text: [UInt8], _ key: RequestKey?, writeConcern: Int) throws(Rejection) -> Placed {
    try state.withLock { (state) throws(Rejection) in
      if let key, let offset = try place(of: key, in: state) { return .stored(offset, key) }
      if state.isStopping { throw .unavailable("not written: the node is stopping", retryAfterSeconds: nil) }
      if let reason = state.master.readOnly { throw readOnlyRejection(reason) }
      guard state.master.hasRoomForWaiter(writeConcern) else {
        let limit = configuration.settings.waitingMax
        throw .unavailable(
          "not written: too many requests wait for their write concern, at most \(limit) may; try again",
          data: .members(["waiting_max": .number(UInt64(limit))]))
      }
      let offset = try append(Entry.Content(message: text, key: key), key: key, in: &state)
      let waiter = state.master.wait(for: offset, writeConcern: writeConcern)
      state.waiting.expect(waiter)
      return .new(waiter)
    }
  }

  /// The log holds the key: nothing is stored, and the request waits for its own write concern.
  private func replay(
    _ text: [UInt8], _ key: RequestKey, at offset: Offset, writeConcern: Int
  ) async throws(Rejection) -> Response {
    let entry = try entry(of: key, at: offset)
    if entry.isSeal {
      throw Rejection(status: 409, message: "not written: the key was sealed at offset \(offset); use another key")
    }
    guard entry.payload == text else {
      throw .notAllowed(
        "not written: the key is that of another message, at offset \(offset); use another key",
        data: .members(["offset": .number(offset.rawValue)]))
    }
    try await wait(for: offset, writeConcern: writeConcern)
    return Self.replayed
  }

  /// Waits without holding a thread. A client that hangs up ends its own wait and nothing else.
  func end(of waiter: WaiterID) async -> Waiting.End {
    if let end = state.withLock({ $0.waiting.takeEnd(waiter) }) { return end }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let end = state.withLock { $0.waiting.wait(waiter, continuation) }
        if let end { continuation.resume(returning: end) }
      }
    } onCancel: {
      let continuation = state.withLock { state in
        state.master.cancel(waiter) ? state.waiting.end(waiter, .cancelled) : nil
      }
      continuation?.resume(returning: .cancelled)
    }
  }
}
