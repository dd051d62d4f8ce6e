import CMicroHTTPD
import Locking

/// From the handler's start to its answer, whoever brings it.
extension Exchange: Answering {
  private enum Settlement {
    case waits
    case answer(Response)
    case answerForced
  }

  /// All of the request is there: has it handled, up to its answer or to where it waits.
  ///
  /// - Returns: whether the connection goes on.
  func handle() -> Bool {
    let request = Request(
      method: head.method, path: head.path, query: head.query, headers: head.headers,
      body: body.take(budget: engine.budget))
    state.withLock { $0.stage = .running }
    switch engine.prompt?(request, self) {
    case .now(let response):
      state.withLock { $0.stage = .answered }
      return queueInCallback(response)
    case .later(let onHangUp): return answerIfFinished() ?? wait(.answer(onHangUp: onHangUp))
    case nil:
      let task = startHandler(request)
      return answerIfFinished() ?? wait(.task(task))
    }
  }

  /// Runs the handler up to its first real suspension, on this thread.
  private func startHandler(_ request: Request) -> Task<Void, Never> {
    state.withLock { _ = $0.line.occupy() }
    let task = Task.immediate(executorPreference: self) {
      self.answer(await self.engine.handler(request))
    }
    runLine()
    return task
  }

  /// The short way: the handler has returned, and the answer is queued with no suspension. Nil: it has not.
  private func answerIfFinished() -> Bool? {
    let response = state.withLock { state -> Response? in
      guard case .finished(let response) = state.stage else { return nil }
      state.stage = .answered
      return response
    }
    return response.map { queueInCallback($0) }
  }

  /// The way of those who wait: the connection is held. The handler may return on another thread meanwhile.
  private func wait(_ work: Work) -> Bool {
    guard let place = engine.ledger.enter(self) else { return answerForHandler(work) }
    let settlement = state.withLock { state -> Settlement in
      switch state.stage {
      case .finished(let response):
        state.stage = .answered
        return .answer(response)
      case .running where state.isForced:
        state.stage = .answered
        return .answerForced
      case .running:
        state.stage = .held(work)
        return .waits
      case .receiving, .held, .suspended, .answered, .ended:
        preconditionFailure("waits while \(state.stage)")
      }
    }
    switch settlement {
    case .waits:
      hold = Hold(place: place, end: engine.loop.turnBegin + engine.limits.holdMax)
      engine.loop.held += 1
      return goOnWaiting()
    case .answer(let response):
      engine.ledger.leave(place)
      return queueInCallback(response)
    case .answerForced:
      engine.ledger.leave(place)
      cancel(work)
      return queueInCallback(refuse(.stoppedWhileHandling))
    }
  }

  /// A callback for a held connection: answers, goes on to hold it, or suspends it.
  ///
  /// - Returns: whether the connection goes on.
  func lookAgain() -> Bool {
    // Nobody waits: an answer to a suspended connection could not be queued.
    guard hold != nil else { return false }
    if let isQueued = answerIfFinished() {
      endHold()
      return isQueued
    }
    return goOnWaiting()
  }

  /// Holds the connection, or suspends it, when it was held for long or too many are.
  private func goOnWaiting() -> Bool {
    guard let hold else { preconditionFailure("waits and is not held") }
    let isShort = engine.loop.turnBegin < hold.end
    return isShort && engine.loop.held <= DaemonLoop.heldMax ? true : suspend()
  }

  /// The held connection is held no more, and the exchange waits no more.
  func endHold() {
    guard let hold else { return }
    self.hold = nil
    engine.loop.held -= 1
    engine.ledger.leave(hold.place)
  }

  /// The long way: suspends the held connection until somebody answers.
  private func suspend() -> Bool {
    guard let place = hold?.place else { preconditionFailure("suspended and not held") }
    MHD_suspend_connection(connection)
    hold = nil
    engine.loop.held -= 1
    let response = state.withLock { state -> Response? in
      switch state.stage {
      case .held(let work):
        state.stage = .suspended(work, place)
        return nil
      case .finished(let response):
        state.stage = .answered
        return response
      case .receiving, .running, .suspended, .answered, .ended:
        preconditionFailure("suspended while \(state.stage)")
      }
    }
    if let response { resume(with: response, from: place) }
    return true
  }

  /// The handler returned, or a prompt one brings its answer, on any thread.
  func answer(_ response: Response) {
    let (isHeld, place) = state.withLock { state -> (Bool, WaitingList.Place?) in
      switch state.stage {
      case .running:
        state.stage = .finished(response)
        return (false, nil)
      case .held:
        state.stage = .finished(response)
        return (true, nil)
      case .suspended(_, let place):
        state.stage = .answered
        return (false, place)
      case .finished, .answered, .ended:
        // A stop was quicker, or the client.
        return (false, nil)
      case .receiving:
        preconditionFailure("answered while \(state.stage)")
      }
    }
    if isHeld { engine.loop.turnAgain() }
    if let place { resume(with: response, from: place) }
  }

  /// The client of one that waits hung up, or a stop's grace is over: tells the handler, once. Its rest runs on this thread if
  /// nothing else holds it.
  func cancelIfWaiting() {
    let work = state.withLock { state -> Work? in
      guard let work = state.stage.work, !state.isCancelled else { return nil }
      state.isCancelled = true
      return work
    }
    if let work { cancel(work) }
  }

  /// A stop that waits no longer answers for the handler. One that is about to wait is told, and one that began to wait after
  /// the others were cancelled is cancelled first.
  func force() {
    state.withLock { $0.isForced = true }
    cancelIfWaiting()
    if state.withLock({ $0.stage.work != nil }) { answer(refuse(.stoppedWhileHandling)) }
  }

  /// A stop lets nobody wait any more: answers in the callback.
  private func answerForHandler(_ work: Work) -> Bool {
    if let answered = answerIfFinished() { return answered }
    cancel(work)
    let finished = state.withLock { state -> Response? in
      defer { state.stage = .answered }
      if case .finished(let response) = state.stage { return response }
      return nil
    }
    return queueInCallback(finished ?? refuse(.stoppedWhileHandling))
  }

  /// Answers a suspended connection: once it is resumed it is no longer ours. Should the answer not be accepted, the
  /// daemon's thread comes back to `complete` and closes.
  private func resume(with response: Response, from place: WaitingList.Place) {
    _ = queue(response)
    engine.loop.resume(connection)
    engine.ledger.leave(place)
  }
}

extension Exchange.Stage {
  /// What is waited for, by one whose callback has returned.
  fileprivate var work: Exchange.Work? {
    switch self {
    case .held(let work), .suspended(let work, _): work
    case .receiving, .running, .finished, .answered, .ended: nil
    }
  }
}
