import HTTPServer
import JSON
import Locking
import ReplicationCore

extension FollowerNode {
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

  // MARK: From a master

  private func receive(_ body: [UInt8]) async throws(Rejection) -> Response {
    let request: ReplicateRequest
    do throws(WireError) {
      request = try ReplicateRequest(decoding: body)
    } catch {
      throw .unreadable("not a request of a master: \(error.description)")
    }
    guard Self.areTexts(request.entries) else {
      throw .unreadable("not a request of a master: a message's text is not UTF-8")
    }
    var outcome: ReplicateAnswer.Outcome
    var (arrival, generation) = react { state, tell in
      let arrival = state.arrived(request, log: log, tell: tell)
      if state.promise == request.mastership { hear(request) }
      return (arrival, log.end.generation)
    }
    switch arrival {
    case .answer(let known):
      outcome = known
    case .new:
      try await waitForDelay(bytes: body.count)
      (outcome, generation) = react { ($0.store(request, log: log, tell: $1), log.end.generation) }
      log.sync()
    }
    if outcome == .accepted, !request.entries.isEmpty {
      await gate.wait(for: request.entries.last, in: generation)
    }
    let answer = state.withLock { state in
      // Another master may have come while this waited for the disk. Who holds another log, or can't promise, says that.
      let isTaken = outcome == .accepted || outcome == .held
      if isTaken, state.promise != request.mastership, request.mastership.epoch > .none { outcome = .refused }
      // What can't be made durable for now is not stored: it comes again.
      if outcome == .accepted, !request.entries.isEmpty, log.end.durable < request.entries.last { outcome = .storage }
      return state.answer(outcome, log: log)
    }
    return Response(
      status: answer.outcome.httpStatus, headers: [Self.denseType], body: .bytes(answer.encoded()))
  }

  private static let denseType = Header(name: "Content-Type", value: ReplicateRequest.contentType)

  /// What is stored here is shown as JSON.
  private static func areTexts(_ entries: EntryRun) -> Bool {
    var areTexts = true
    entries.forEach { entry in
      let bytes = entry.payload.bindMemory(to: UInt8.self)
      if (try? UTF8Span(validating: bytes.span)) == nil { areTexts = false }
    }
    return areTexts
  }

  /// The delay emulates a slow replica: latency, not throughput, so every request has its own. What waits is held in memory,
  /// and has a limit.
  private func waitForDelay(bytes: Int) async throws(Rejection) {
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

  private func hear(_ request: ReplicateRequest) {
    masterWord.withLock { word in
      if word?.mastership == request.mastership {
        word?.hear(request, now: Clock.now)
      } else {
        word = MasterWord(request, now: Clock.now)
      }
    }
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
}

extension ReplicateAnswer.Outcome {
  /// The HTTP status of an answer in the dense form; its body says the same more exactly.
  fileprivate var httpStatus: Int {
    switch self {
    case .accepted, .held: 200
    case .refused, .mismatch, .foreign, .diverged: 409
    case .full, .storage: 503
    }
  }
}
