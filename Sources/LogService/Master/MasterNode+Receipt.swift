import HTTPServer
import JSON
import Locking
import ReplicationCore

extension MasterNode {
  /// `GET /messages/{offset}`: the message and who holds it, with `write_concern` or `wait` not before so many do.
  func receipt(_ request: Request) async throws(Rejection) -> Response {
    let offset = try Receipt.offset(in: request.path)
    if let query = try ReceiptQuery(request, nodes: configuration.followers.count + 1) {
      try await waitFor(query, at: offset)
    }
    return Receipt.response(try receiptMembers(offset))
  }

  private func receiptMembers(_ offset: Offset) throws(Rejection) -> [JSONValue.Member] {
    let message = try Receipt.message(offset, log: log)
    let urls = configuration.followers
    let (holders, copies, readOnly, hasBegun) = state.withLock { state in
      (
        state.master.holders(of: offset), state.master.copies(of: offset, now: Clock.now), state.master.readOnly,
        state.startTrouble == nil
      )
    }
    let confirmed = copies.map { Confirmation($0, of: message, urls: urls) }.inOrder
    let survival = Survival(
      copies, storage: Survival.Storage(log), readOnly: readOnly, hasBegun: hasBegun, urls: urls)
    return message.members + Holders(holders, urls: urls).members + [
      .init(name: "confirmed", value: .array(confirmed.map(\.value))),
      .init(name: "survives", value: survival.value),
    ]
  }

  private func holders(of offset: Offset) -> Holders {
    Holders(state.withLock { $0.master.holders(of: offset) }, urls: configuration.followers)
  }

  /// The message of an add in its answer; nil where the log can't be read there, which is no reason to call it not added.
  func representation(of added: Added) -> JSONValue? {
    (try? receiptMembers(added.offsets.lowerBound)).map { .object($0) }
  }

  /// A write concern raised afterwards.
  /// - Throws: 404 beyond the log's end, 503 when too many wait, 504 when the time is over.
  private func waitFor(_ query: ReceiptQuery, at offset: Offset) async throws(Rejection) {
    let waiter = try state.withLock { (state) throws(Rejection) -> WaiterID? in
      let last = log.end.last
      guard offset <= last else { throw Receipt.noMessage(offset, end: last) }
      if state.master.isReached(query.writeConcern, at: offset) { return nil }
      if state.isStopping { throw .unavailable("the node is stopping", retryAfterSeconds: nil) }
      if let trouble = state.startTrouble { throw .unavailable("the master has not begun yet: \(trouble)") }
      if state.master.isDeposed {
        throw .unavailable("another master has taken over: ask it", retryAfterSeconds: nil)
      }
      guard state.master.hasRoomForWaiter(query.writeConcern) else { throw tooManyWait() }
      let waiter = state.master.wait(
        for: offset, writeConcern: query.writeConcern, deadline: query.wait.map { Clock.now + $0 })
      state.waiting.expect(waiter)
      return waiter
    }
    guard let waiter else { return }
    // The loop sleeps until the first deadline that it knows.
    if waiter.deadline != nil { wakeSenders() }
    let end = await end(of: waiter)
    let (isReached, epoch) = state.withLock {
      ($0.master.isReached(query.writeConcern, at: offset), $0.master.mastership.epoch)
    }
    guard !isReached else { return }
    let isDeposed = if case .deposed = end { true } else { false }
    let members: [JSONValue.Member] = [
      .init(name: "offset", value: .number(offset.rawValue)),
      .init(name: "write_concern", value: .number(UInt64(query.writeConcern))),
      .init(name: "outcome", value: .string((isDeposed ? Outcome.unknown : .pending).rawValue)),
      .init(name: "epoch", value: .number(epoch.rawValue)),
    ]
    let next =
      isDeposed
      ? CurlLine.get(clientURL, "/health")
      : CurlLine.wait(for: offset, writeConcern: query.writeConcern, on: clientURL)
    let more: [JSONValue.Member] = [
      .init(name: "retryable", value: .bool(!isDeposed)), .init(name: "next", value: .string(next)),
    ]
    let reason =
      switch end {
      case .timedOut: " yet: it goes on replicating"
      case .deposed: ": another master has taken over"
      case .confirmed, .cancelled, .stopping: ": the node stops"
      }
    throw Rejection(
      status: 504,
      message: "the message at offset \(offset) is not held by \(query.writeConcern) nodes"
        + reason,
      data: .object(members + holders(of: offset).members + more))
  }
}
