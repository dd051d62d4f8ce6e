import HTTPServer
import JSON
import Locking
import ReplicationCore

extension FollowerNode {
  static let replicatePath = "/replicate"

  /// `POST /replicate`: from a master in the dense form, from a person as JSON.
  func replicate(_ request: Request) async throws(Rejection) -> Response {
    let type = (request.header("Content-Type") ?? "").lowercased()
    if type == ReplicateRequest.contentType { return try await receive(request.body) }
    if type.hasPrefix("application/vnd.replog.") {
      throw Rejection(
        status: 415,
        message: "this follower does not know \(type): it takes \(ReplicateRequest.contentType), or JSON from a person")
    }
    return try await inject(InjectBody(request.body))
  }

  // MARK: From a person

  private func inject(_ body: InjectBody) async throws(Rejection) -> Response {
    let isNew = state.withLock { $0.isNew(body.text, at: body.offset, log: log) }
    if isNew { try await waitForDelay(bytes: body.text.count) }
    let (injection, end) = react { ($0.inject(body.text, at: body.offset, log: log, tell: $1), log.end) }
    log.sync()
    switch injection {
    case .stored, .held, .duplicate:
      if body.offset <= end.last {
        await gate.wait(for: body.offset, in: end.generation)
        // It also ends when the client hangs up, the node stops, or a master comes and the log is another one.
        let now = log.end
        guard now.generation == end.generation, body.offset <= now.durable else {
          throw Rejection(
            status: 504, message: "not known to be stored: the node stops, a master came, or the disk fails")
        }
      }
      return Envelope.response(200, "Message replicated successfully")
    case .refused(let refusal):
      throw Rejection(refusal)
    case .full:
      throw .unavailable("not written: too many messages wait for the ones before them; send those first")
    case .conflict:
      throw conflict(body.offset)
    }
  }

  private func conflict(_ offset: Offset) -> Rejection {
    let promise = state.withLock { $0.promise }
    let message =
      promise.map {
        "this follower follows a master (epoch \($0.epoch)): it takes sequence_id \(offset) only with the text that it "
          + "holds there"
      } ?? "sequence_id \(offset) is held with another text"
    return Rejection(
      status: 409, message: message,
      data: .members([
        "sequence_id": .number(offset.rawValue), "epoch": .number(promise?.epoch.rawValue ?? 0),
        "last_offset": .number(log.end.durable.rawValue),
      ]))
  }

  // MARK: For both

  /// The delay emulates a slow replica: latency, not throughput, so every request has its own. What waits is held in memory,
  /// and has a limit.
  func waitForDelay(bytes: Int) async throws(Rejection) {
    guard delay > .zero else { return }
    let isAllowed = delayedBytes.withLock { delayed in
      guard delayed + bytes <= delayedBytesMax else { return false }
      delayed += bytes
      return true
    }
    guard isAllowed else {
      throw .unavailable(
        "not written: too much waits for this follower's delay, at most \(delayedBytesMax) bytes may; try again")
    }
    defer { delayedBytes.withLock { $0 -= bytes } }
    do {
      try await Task.sleep(for: delay.duration, tolerance: .zero)
    } catch {
      throw .unavailable("not written: the sender hung up or the node is stopping")
    }
  }

  /// Runs an event of the core under the lock, and tells what happened after it.
  func react<Result>(_ event: (inout Follower, (FollowerEvent) -> Void) -> Result) -> Result {
    var events: [FollowerEvent] = []
    let result = state.withLock { state in event(&state) { events.append($0) } }
    tell(events)
    // The log may have been emptied: nobody has to wait for what was in it. More may be known to be committed.
    gate.look()
    reading.gate.look()
    wakeFollowing()
    return result
  }
}
