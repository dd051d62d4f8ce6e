import HTTPServer
import JSON
import Locking
import Logging
import ReplicationCore

extension MasterNode {
  /// Messages of an add that are in the log.
  struct Added {
    let offsets: ClosedRange<Offset>
    let epoch: Epoch
    /// Whether they were there before: the request is a repetition.
    var isReplayed = false
  }

  /// The usual add, without a task. Nil for one whose key the log holds, and for all else.
  func answerPromptly(_ request: Request, _ answering: any Answering) -> PromptReply? {
    guard RefusedAdd.isAdd(request), request.query.isEmpty else { return nil }
    do throws(Rejection) {
      let wish = try AddRequest(request, nodes: configuration.followers.count + 1)
      guard case .new(_, let waiter) = try place(wish, for: answering) else { return nil }
      tellAdded(wish, waiter)
      return .later { self.cancel(waiter) }
    } catch {
      return .now(reject(error, request))
    }
  }

  private func tellAdded(_ wish: AddRequest, _ waiter: WaiterID) {
    // The senders look now and the log syncs now: replication runs beside the master's own store.
    wakeSenders()
    guard tellsEachAdd else { return }
    logger.debug("message added", metadata: ["offset": "\(waiter.offset)", "w": "\(wish.writeConcern)"])
  }

  private func ended(_ wish: AddRequest, _ added: Added, _ waiter: WaiterID, _ end: Waiting.End) -> Response {
    if tellsEachAdd, case .confirmed = end {
      logger.debug(
        "write concern reached", metadata: ["offset": "\(waiter.offset)", "w": "\(waiter.writeConcern)"])
    }
    return answer(to: wish, added, end)
  }

  private enum Placed {
    case new(Added, WaiterID)
    /// The log holds an entry with the key.
    case seen(RequestKey, Offset)
  }

  /// `POST /add`: step 4 to 10 of the way of one message (docs/ARCHITECTURE.md).
  ///
  /// - Throws: what is wrong, and then nothing was written: after the append nothing is thrown.
  func add(_ request: Request) async throws(Rejection) -> Response {
    let wish = try AddRequest(request, nodes: configuration.followers.count + 1)
    switch try place(wish) {
    case .seen(let key, let offset):
      let entry = try entry(of: key, at: offset)
      guard let data = entry.data else {
        try await waitForSeal(at: offset)
        throw Rejection(status: 409, message: "not written: the key was sealed at offset \(offset); use another key")
      }
      let added = try replayed(wish, entry, data)
      let end = await wait(at: entry.offsets.upperBound, wish.awaited, deadline: wish.deadline(now: Clock.now))
      return answer(to: wish, added, end)
    case .new(let added, let waiter):
      tellAdded(wish, waiter)
      return ended(wish, added, waiter, await end(of: waiter))
    }
  }

  /// Fixes the order: under the lock the entries get their offsets and the request its place among the waiters, so that no
  /// sender can see an entry whose waiter is not there yet. A key is looked up before any other condition.
  ///
  /// - Parameter answering: is answered when the wait ends; nil where somebody will come to wait.
  private func place(_ wish: AddRequest, for answering: (any Answering)? = nil) throws(Rejection) -> Placed {
    try state.withLock { (state) throws(Rejection) in
      if let key = wish.key, let offset = try place(of: key, in: state) { return .seen(key, offset) }
      if state.isStopping { throw .unavailable("not written: the node is stopping", retryAfterSeconds: nil) }
      if let reason = state.master.readOnly { throw readOnlyRejection(reason, isKeyed: wish.key != nil) }
      if let expected = wish.expectedEnd { try check(expected) }
      if wish.preferences.isStrict { try checkReachable(wish.writeConcern, state.master.healthyNodes) }
      guard state.master.hasRoomForWaiter(wish.awaited) else { throw tooManyWait("not written: ") }
      let offsets = try append(wish.body.data, key: wish.key, in: &state)
      let waiter = state.master.wait(
        for: offsets.upperBound, writeConcern: wish.awaited, deadline: wish.deadline(now: Clock.now))
      let added = Added(offsets: offsets, epoch: state.master.mastership.epoch)
      if let answering {
        state.waiting.add(waiter) { answering.answer(self.ended(wish, added, waiter, $0)) }
      } else {
        state.waiting.expect(waiter)
      }
      return .new(added, waiter)
    }
  }

  private func append(
    _ data: AddBody.Data, key: RequestKey?, in state: inout State
  ) throws(Rejection) -> ClosedRange<Offset> {
    switch data {
    case .one(let text):
      let offset = try append(Entry.Content(message: text, key: key), key: key, in: &state)
      return offset...offset
    case .list(let texts):
      // One run: all of it finds room in the log, or none.
      let run = EntryRun(
        messages: texts, key: key, epoch: state.master.mastership.epoch, time: Clock.wallMilliseconds,
        after: log.end.lastPoint)
      do throws(LogRefusal) {
        try log.append(run)
      } catch {
        throw Rejection(error)
      }
      if let key { state.keys?.note(key.hash, at: run.first) }
      return run.first...run.last
    }
  }

  /// Appends an entry, with a key that the log doesn't hold or without one. To be called under the node's lock.
  func append(_ content: Entry.Content, key: RequestKey?, in state: inout State) throws(Rejection) -> Offset {
    do throws(LogRefusal) {
      let offset = try log.append(content, epoch: state.master.mastership.epoch, time: Clock.wallMilliseconds)
      if let key { state.keys?.note(key.hash, at: offset) }
      return offset
    } catch {
      throw Rejection(error)
    }
  }

  /// What the log holds for a request's key.
  /// - Throws: 422 if it is something else.
  private func replayed(
    _ wish: AddRequest, _ entry: KeyedEntry, _ data: AddBody.Data
  ) throws(Rejection) -> Added {
    let offset = entry.offsets.lowerBound
    guard wish.body.data.messages == data.messages else {
      throw .notAllowed(
        "not written: the key is that of another message, at offset \(offset); use another key",
        data: .members(["offset": .number(offset.rawValue)]))
    }
    return Added(offsets: entry.offsets, epoch: entry.epoch, isReplayed: true)
  }

  /// Waits until so many nodes hold an entry that was there before.
  /// - Returns: `timedOut` also where too many wait already.
  func wait(at offset: Offset, _ writeConcern: Int, deadline: Instant?) async -> Waiting.End {
    let (ended, waiter) = state.withLock { state -> (Waiting.End, WaiterID?) in
      // What was reached before counts no more.
      if state.master.isDeposed { return (.deposed, nil) }
      if state.master.isReached(writeConcern, at: offset) { return (.confirmed, nil) }
      if state.isStopping { return (.stopping, nil) }
      guard state.master.hasRoomForWaiter(writeConcern) else { return (.timedOut, nil) }
      let waiter = state.master.wait(for: offset, writeConcern: writeConcern, deadline: deadline)
      state.waiting.expect(waiter)
      return (.confirmed, waiter)
    }
    guard let waiter else { return ended }
    // The loop sleeps until the first deadline that it knows.
    if deadline != nil { wakeSenders() }
    return await end(of: waiter)
  }

  /// - Parameter prefix: of the message, for those who want to write.
  func tooManyWait(_ prefix: String = "") -> Rejection {
    let limit = configuration.settings.waitingMax
    return .unavailable(
      "\(prefix)too many requests wait for their write concern, at most \(limit) may; try again",
      data: .members(["waiting_max": .number(UInt64(limit))]))
  }

  /// `If-Match`.
  private func check(_ expected: Offset) throws(Rejection) {
    let last = log.end.last
    guard last != expected else { return }
    var rejection = Rejection(
      status: 412,
      message: "not written: the log ends at offset \(last), not at \(expected): look at what was added meanwhile",
      data: .members([
        "last_offset": .number(last.rawValue),
        "next": .string(CurlLine.get(clientURL, last == .zero ? "/messages" : Receipt.path(last))),
      ]))
    rejection.headers = [Header(name: "Log-Last-Offset", value: String(last.rawValue))]
    throw rejection
  }

  /// `Prefer: handling=strict`.
  private func checkReachable(_ writeConcern: Int, _ healthy: Int) throws(Rejection) {
    guard healthy < writeConcern else { return }
    var rejection = Rejection.unavailable(
      "not written: \(writeConcern) nodes can't be reached now, \(healthy) \(healthy == 1 ? "is" : "are") healthy",
      data: .members(["write_concern": .number(UInt64(writeConcern)), "healthy_nodes": .number(UInt64(healthy))]))
    rejection.headers = [Header(name: "Preference-Applied", value: "handling=strict")]
    throw rejection
  }

  /// Waits without holding a thread. A client that hangs up ends its own wait and nothing else.
  func end(of waiter: WaiterID) async -> Waiting.End {
    if let end = state.withLock({ $0.waiting.takeEnd(waiter) }) { return end }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let end = state.withLock { $0.waiting.wait(waiter) { continuation.resume(returning: $0) } }
        if let end { continuation.resume(returning: end) }
      }
    } onCancel: {
      cancel(waiter)
    }
  }

  /// The client of a request that waits has hung up.
  private func cancel(_ waiter: WaiterID) {
    let ending = state.withLock { state in
      state.master.cancel(waiter) ? state.waiting.end(waiter, .cancelled) : nil
    }
    ending?(.cancelled)
  }
}
