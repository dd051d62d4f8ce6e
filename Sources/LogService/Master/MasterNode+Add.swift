import HTTPServer
import Locking
import Logging
import ReplicationCore

extension MasterNode {
  /// `POST /add`: step 4 to 10 of the way of one message (docs/ARCHITECTURE.md).
  func add(_ request: Request) async throws(Rejection) -> Response {
    let body = try AddBody(request.body, nodes: configuration.followers.count + 1)
    let writeConcern = body.writeConcern ?? majority(ofNodes: configuration.followers.count + 1)
    let waiter = try append(body.text, writeConcern: writeConcern)
    // The senders look now and the log syncs now: replication runs beside the master's own store.
    wakeSenders()
    log.sync()
    logger.debug("message added", metadata: ["offset": "\(waiter.offset)", "w": "\(writeConcern)"])
    switch await end(of: waiter) {
    case .confirmed:
      logger.debug("write concern reached", metadata: ["offset": "\(waiter.offset)", "w": "\(writeConcern)"])
      return Self.added
    case .cancelled, .stopping:
      throw Rejection(
        status: 504,
        message: "stored at offset \(waiter.offset), not confirmed by \(writeConcern) nodes: the node stops",
        data: .members([
          "offset": .number(waiter.offset.rawValue), "write_concern": .number(UInt64(writeConcern)),
        ]))
    }
  }

  private static let added = Envelope.response(200, "Message added successfully")

  /// Fixes the order: under the lock the entry gets its offset and the request its place among the waiters, so that no
  /// sender can see an entry whose waiter is not there yet.
  private func append(_ text: [UInt8], writeConcern: Int) throws(Rejection) -> WaiterID {
    try state.withLock { (state) throws(Rejection) in
      if state.isStopping { throw .unavailable("not written: the node is stopping", retryAfterSeconds: nil) }
      if let reason = state.master.readOnly { throw readOnlyRejection(reason) }
      guard state.master.hasRoomForWaiter(writeConcern) else {
        let limit = configuration.settings.waitingMax
        throw .unavailable(
          "not written: too many requests wait for their write concern, at most \(limit) may; try again",
          data: .members(["waiting_max": .number(UInt64(limit))]))
      }
      let epoch = state.master.mastership.epoch
      let offset: Offset
      do throws(LogRefusal) {
        offset = try log.append(payload: text, epoch: epoch, time: Clock.wallMilliseconds)
      } catch {
        throw Rejection(error)
      }
      let waiter = state.master.wait(for: offset, writeConcern: writeConcern)
      state.waiting.expect(waiter)
      return waiter
    }
  }

  /// Waits without holding a thread. A client that hangs up ends its own wait and nothing else.
  private func end(of waiter: WaiterID) async -> Waiting.End {
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
