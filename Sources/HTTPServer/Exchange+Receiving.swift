import Locking

/// The steps on the daemon's thread, while the request comes in.
extension Exchange {
  /// First callback: the head is there. Refuses what cannot end well; anything else has to wait for the end of the
  /// body, because an answer queued before it closes the connection.
  ///
  /// - Returns: whether the connection goes on.
  func begin() -> Bool {
    let headLimit = engine.limits.connectionMemoryBytes - ServerLimits.answerHeadBytes
    if head.memoryBytes > headLimit {
      return answer(with: refuse(.headTooLarge(limitBytes: headLimit)), closing: true)
    }
    if let fault = head.fault {
      return answer(with: refuse(.malformed(reason: fault)), closing: true)
    }
    let limit = engine.limits.bodyBytesMax
    if let announced = head.bodyBytesAnnounced, announced > limit {
      return answer(with: refuse(.bodyTooLarge(limitBytes: limit)), closing: true)
    }
    countAsOfUnknownLength(head.bodyBytesAnnounced == nil)
    return true
  }

  /// A callback with bytes of the body; false cuts the sender off.
  func receive(_ piece: UnsafeRawBufferPointer) -> Bool {
    // The rest of a body that comes in several pieces may be there already.
    if piece.count != head.bodyBytesAnnounced { engine.loop.hasMore = true }
    if isOfUnknownLength { engine.loop.bodyCame() }
    return body.receive(piece, limits: engine.limits, budget: engine.budget)
  }

  /// Last callback: all of the request is there. Starts the handler and answers at once if it returns at once; else it waits, and
  /// the callback may come again.
  ///
  /// - Returns: whether the connection goes on.
  func complete() -> Bool {
    if isComplete { return lookAgain() }
    isComplete = true
    countAsOfUnknownLength(false)
    if let refusal = body.refusal { return answer(with: refuse(refusal)) }
    guard engine.ledger.admit() else { return answer(with: refuse(.stopping)) }
    isAdmitted = true
    return handle()
  }

  /// Request-completed callback: the library lets go, whatever the reason.
  func end() {
    let work = state.withLock { state -> Work? in
      let stage = state.stage
      state.stage = .ended
      switch stage {
      case .receiving, .answered: return nil
      case .finished where hold != nil: return nil
      case .held(let work): return state.isCancelled ? nil : work
      case .running, .finished, .suspended, .ended: preconditionFailure("ended while \(stage)")
      }
    }
    // The client left, or broke off, while it was held.
    endHold()
    if let work { cancel(work) }
    // The library may have taken note of the next request in the turn in which it ended this one.
    engine.loop.hasMore = true
    countAsOfUnknownLength(false)
    _ = body.take(budget: engine.budget)
    if isAdmitted { engine.ledger.exchangeEnded() }
  }

  /// Tells the loop whether this body comes in without an end that is known.
  private func countAsOfUnknownLength(_ isCounted: Bool) {
    guard isCounted != isOfUnknownLength else { return }
    isOfUnknownLength = isCounted
    engine.loop.bodiesOfUnknownLength += isCounted ? 1 : -1
  }

  /// Answers without a handler.
  private func answer(with response: Response, closing: Bool = false) -> Bool {
    state.withLock { state in
      guard case .receiving = state.stage else { preconditionFailure("refused while \(state.stage)") }
      state.stage = .answered
    }
    return queueInCallback(response, closing: closing)
  }
}
