import CMicroHTTPD
import Locking

/// From the handler's start to its answer, whoever brings it.
extension Exchange {
  private enum Settlement {
    case waits
    case answer(Response, WaitingList.Place)
    case answerForced(WaitingList.Place)
  }

  /// Runs the handler up to its first real suspension, on this thread.
  func startHandler() -> Task<Void, Never> {
    let request = Request(
      method: head.method, path: head.path, query: head.query, headers: head.headers,
      body: body.take(budget: engine.budget))
    state.withLock { state in
      state.stage = .running
      _ = state.line.occupy()
    }
    let task = Task.immediate(executorPreference: self) {
      self.finish(with: await self.engine.handler(request))
    }
    runLine()
    return task
  }

  /// The short way: the handler has returned already, and the answer is queued with no suspension. Nil: it has not.
  func answerIfFinished() -> Bool? {
    let response = state.withLock { state -> Response? in
      guard case .finished(let response) = state.stage else { return nil }
      state.stage = .answered
      return response
    }
    return response.map { queue($0) }
  }

  /// The long way: suspends the connection until somebody answers. The handler may return on another thread meanwhile.
  func suspend(_ task: Task<Void, Never>) -> Bool {
    guard let place = engine.ledger.enter(self) else { return answerForHandler(task) }
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
        state.stage = .suspended(task, place)
        return .waits
      case .receiving, .suspended, .answered, .ended:
        preconditionFailure("suspended while \(state.stage)")
      }
    }
    switch settlement {
    case .waits: break
    case .answer(let response, let place): resume(with: response, from: place)
    case .answerForced(let place):
      cancel(task)
      resume(with: refuse(.stoppedWhileHandling), from: place)
    }
    return true
  }

  /// The handler returned, on any thread.
  private func finish(with response: Response) {
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
        preconditionFailure("handler returned while \(state.stage)")
      }
    }
    if let place { resume(with: response, from: place) }
  }

  /// The client of a suspended connection hung up, or a stop's grace is over: cancels the handler, once. Its rest runs
  /// on this thread if nothing else holds it.
  func cancelIfSuspended() {
    let task = state.withLock { state -> Task<Void, Never>? in
      guard case .suspended(let task, _) = state.stage, !state.isCancelled else { return nil }
      state.isCancelled = true
      return task
    }
    if let task { cancel(task) }
  }

  /// A stop that waits no longer answers for the handler. One that is about to be suspended is told.
  func force() {
    let place = state.withLock { state -> WaitingList.Place? in
      state.isForced = true
      guard case .suspended(_, let place) = state.stage else { return nil }
      state.stage = .answered
      return place
    }
    if let place { resume(with: refuse(.stoppedWhileHandling), from: place) }
  }

  /// A stop lets nobody wait any more: answers in the callback.
  private func answerForHandler(_ task: Task<Void, Never>) -> Bool {
    if let answered = answerIfFinished() { return answered }
    cancel(task)
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
