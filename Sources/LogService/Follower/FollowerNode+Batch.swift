import HTTPServer
import Locking
import ReplicationCore

/// `POST /replicate` from a master, in the dense form.
extension FollowerNode {
  /// What became of a batch, and up to where its answer waits for the disk.
  private struct Taken {
    let mastership: Mastership
    let outcome: ReplicateAnswer.Outcome
    /// The last of the entries that an answer would call stored; nil where it says nothing of the kind.
    let last: Offset?
    /// In which they are in the log.
    let generation: UInt64

    init(_ batch: ReplicateRequest, _ outcome: ReplicateAnswer.Outcome, generation: UInt64) {
      mastership = batch.mastership
      self.outcome = outcome
      last = outcome == .accepted && !batch.entries.isEmpty ? batch.entries.last : nil
      self.generation = generation
    }
  }

  /// A batch or a heartbeat, without a task. Nil for all else, and where every batch waits for the delay.
  func answerPromptly(_ request: Request, _ answering: any Answering) -> PromptReply? {
    guard request.path == Self.replicatePath, request.method == "POST", request.query.isEmpty, delay == .zero,
      request.header("Content-Type") == ReplicateRequest.contentType
    else { return nil }
    do throws(Rejection) {
      let batch = try Self.batch(decoding: request.body)
      let taken = arrived(batch) ?? store(batch)
      guard let last = taken.last,
        let waiter = gate.wait(for: last, in: taken.generation, { answering.answer(self.answer(taken)) })
      else { return .now(answer(taken)) }
      return .later { self.gate.cancel(waiter) }
    } catch {
      return .now(reject(error, request))
    }
  }

  /// The same in the other way, with the delay.
  func receive(_ body: [UInt8]) async throws(Rejection) -> Response {
    let batch = try Self.batch(decoding: body)
    let known = arrived(batch)
    if known == nil { try await waitForDelay(bytes: body.count) }
    let taken = known ?? store(batch)
    if let last = taken.last { await gate.wait(for: last, in: taken.generation) }
    return answer(taken)
  }

  private static func batch(decoding body: [UInt8]) throws(Rejection) -> ReplicateRequest {
    let batch: ReplicateRequest
    do throws(WireError) {
      batch = try ReplicateRequest(decoding: body)
    } catch {
      throw .unreadable("not a request of a master: \(error.description)")
    }
    guard areTexts(batch.entries) else {
      throw .unreadable("not a request of a master: a message's text is not UTF-8")
    }
    return batch
  }

  /// What is stored here is shown as JSON.
  private static func areTexts(_ entries: EntryRun) -> Bool {
    var areTexts = true
    entries.forEach { entry in
      let bytes = entry.payload.bindMemory(to: UInt8.self)
      if (try? UTF8Span(validating: bytes.span)) == nil { areTexts = false }
    }
    return areTexts
  }

  /// A batch has come. Nil if it is to be stored, after the delay.
  private func arrived(_ batch: ReplicateRequest) -> Taken? {
    react { state, tell in
      let arrival = state.arrived(batch, log: log, tell: tell)
      if state.promise == batch.mastership { hear(batch) }
      guard case .answer(let outcome) = arrival else { return nil }
      return Taken(batch, outcome, generation: log.end.generation)
    }
  }

  private func store(_ batch: ReplicateRequest) -> Taken {
    let taken = react { state, tell in
      Taken(batch, state.store(batch, log: log, tell: tell), generation: log.end.generation)
    }
    log.sync()
    return taken
  }

  private func answer(_ taken: Taken) -> Response {
    let answer = state.withLock { state in
      var outcome = taken.outcome
      // Another master may have come while this waited for the disk. Who holds another log, or can't promise, says that.
      let isTaken = outcome == .accepted || outcome == .held
      if isTaken, state.promise != taken.mastership, taken.mastership.epoch > .none { outcome = .refused }
      // What can't be made durable for now is not stored: it comes again.
      if outcome == .accepted, let last = taken.last, log.end.durable < last { outcome = .storage }
      return state.answer(outcome, log: log)
    }
    return Response(
      status: answer.outcome.httpStatus, headers: [Self.denseType], body: .bytes(answer.encoded()))
  }

  private static let denseType = Header(name: "Content-Type", value: ReplicateRequest.contentType)

  private func hear(_ request: ReplicateRequest) {
    masterWord.withLock { word in
      if word?.mastership == request.mastership {
        word?.hear(request, now: Clock.now)
      } else {
        word = MasterWord(request, now: Clock.now)
      }
    }
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
