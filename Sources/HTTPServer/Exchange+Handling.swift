import CMicroHTTPD
import Locking

/// From the handler's start to its answer, whoever brings it.
extension Exchange: Answering {
  private enum Settlement {
    case waits
    case answer(Response, WaitingList.Place)
    case answerForced(WaitingList.Place)
  }

  /// All of the request is there: has it handled, up to its answer or the first real suspension.
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
      return queue(response)
    case .later(let onHangUp): return answerIfFinished() ?? suspend(.answer(onHangUp: onHangUp))
    case nil:
      let task = startHandler(request)
      return answerIfFinished() ?? suspend(.task(task))
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

  /// The short way: the handler has returned already, and the answer is queued with no suspension. Nil: it has not.
  private func answerIfFinished() -> Bool? {
    let response = state.withLock { state -> Response? in
      guard case .finished(let response) = state.stage else { return nil }
      state.stage = .answered
      return response
    }
    return response.map { queue($0) }
  }

  /// The long way: suspends the connection until somebody answers. The handler may return on another thread meanwhile.
  private func suspend(_ work: Work) -> Bool {
    guard let place = engine.ledger.enter(self) else { return answerForHandler(work) }
    MHD_suspend_connection(connection)
    let settlement = state.withLock { state -> Settlement in
      switch state.stage {
      case .finished(let response):
        state.stage = .answered
        return .answer(response, place)
      case .running where state.isForced:
        state.stage = .answered
        return .answerForced(place)
      case .running:
        state.stage = .suspended(work, place)
        return .waits
      case .receiving, .suspended, .answered, .ended:
        preconditionFailure("suspended while \(state.stage)")
      }
    }
    switch settlement {
    case .waits: break
    case .answer(let response, let place): resume(with: response, from: place)
    case .answerForced(let place):
      cancel(work)
      resume(with: refuse(.stoppedWhileHandling), from: place)
    }
    return true
  }

  /// The handler returned, or a prompt one brings its answer, on any thread.
  func answer(_ response: Response) {
    let place = state.withLock { state -> WaitingList.Place? in
      switch state.stage {
      case .running:
        state.stage = .finished(response)
        return nil
      case .suspended(_, let place):
        state.stage = .answered
        return place
      case .answered, .ended:
        // A stop was quicker.
        return nil
      case .receiving, .finished:
        preconditionFailure("answered while \(state.stage)")
      }
    }
    if let place { resume(with: response, from: place) }
  }

  /// The client of a suspended connection hung up, or a stop's grace is over: tells the handler, once. Its rest runs
  /// on this thread if nothing else holds it.
  func cancelIfSuspended() {
    let work = state.withLock { state -> Work? in
      guard case .suspended(let work, _) = state.stage, !state.isCancelled else { return nil }
      state.isCancelled = true
      return work
    }
    if let work { cancel(work) }
  }

  /// A stop that waits no longer answers for the handler. One that is about to be suspended is told, and one that was
  /// suspended after the others were cancelled is cancelled first.
  func force() {
    state.withLock { $0.isForced = true }
    cancelIfSuspended()
    let place = state.withLock { state -> WaitingList.Place? in
      guard case .suspended(_, let place) = state.stage else { return nil }
      state.stage = .answered
      return place
    }
    if let place { resume(with: refuse(.stoppedWhileHandling), from: place) }
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
    return queue(finished ?? refuse(.stoppedWhileHandling))
  }

  /// Answers a suspended connection: once it is resumed it is no longer ours. Should the answer not be accepted, the
  /// daemon's thread comes back to `complete` and closes.
  private func resume(with response: Response, from place: WaitingList.Place) {
    _ = queue(response)
    engine.loop.resume(connection)
    engine.ledger.leave(place)
  }
}
