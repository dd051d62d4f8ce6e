import Locking

/// The steps on the daemon's thread, while the request comes in.
extension Exchange {
  /// First callback: the head is there. Refuses what cannot end well; anything else has to wait for the end of the
  /// body, because an answer queued before it closes the connection.
  ///
  /// - Returns: whether the connection goes on.
  func begin() -> Bool {
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
    if isOfUnknownLength { engine.loop.bodyCame() }
    return body.receive(piece, limits: engine.limits, budget: engine.budget)
  }

  /// Last callback: all of the request is there. Starts the handler and answers at once if it returns at once; else
  /// suspends the connection.
  ///
  /// - Returns: whether the connection goes on.
  func complete() -> Bool {
    // Called again: an answer to the suspended connection could not be queued.
    if isComplete { return false }
    isComplete = true
    countAsOfUnknownLength(false)
    if let refusal = body.refusal { return answer(with: refuse(refusal)) }
    guard engine.ledger.admit() else { return answer(with: refuse(.stopping)) }
    isAdmitted = true
    return handle()
  }

  /// Request-completed callback: the library lets go, whatever the reason.
  func end() {
    state.withLock { state in
      switch state.stage {
      case .receiving, .answered: state.stage = .ended
      case .running, .finished, .suspended, .ended: preconditionFailure("ended while \(state.stage)")
      }
    }
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
    return queue(response, closing: closing)
  }
}
