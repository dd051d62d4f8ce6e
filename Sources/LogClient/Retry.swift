import HTTPClient

/// Decides what to do after each answer to an add, or after none: the same request again, a question, or the end. Pure: the
/// time, chance and the network are the caller's.
///
/// All requests carry one key, so that repeating one is safe whatever became of those before it. Two things are remembered:
/// the last word that the messages are stored, and whether a request without a clear answer may have been carried out.
struct Retry {
  /// What came back for a request.
  enum Reply: Sendable {
    case answer(Answer)
    case none(ClientError)
  }

  enum Step: Sendable, Hashable {
    /// The request, after a pause; the master may wait for so long.
    case send(to: String, after: Duration, wait: Duration)
    /// What became of the key: see ``end(told:)``.
    case ask(String)
    case end(AddResult)
  }

  /// One request waits no longer: silence for longer means that request or answer was lost. The next one waits on.
  static let waitMax = Duration.seconds(5)
  /// How often a follower's word for where the master is is followed.
  static let redirectsMax = 2
  private static let pauseMin = Duration.milliseconds(50)
  private static let pauseMax = Duration.seconds(2)
  /// With less time left no request is sent.
  private static let leftMin = Duration.milliseconds(10)

  private let key: String
  private let limit: Duration
  private let first: String
  private var url: String
  private var attempts = 0
  private var redirects = 0
  private var pause = pauseMin
  private var pending: Answer?
  private var mayBeWritten = false
  private var problem = ""
  /// Whether the messages were there before the first request of this run; nil before the master said where they are.
  private var wasThere: Bool?

  /// - Parameters:
  ///   - url: of the node to begin with.
  ///   - key: of the request.
  ///   - limit: how long it may all take.
  init(url: String, key: String, limit: Duration) {
    first = url
    self.url = url
    self.key = key
    self.limit = limit
  }

  /// The first request.
  mutating func begin() -> Step { send(after: .zero, left: limit) }

  /// - Parameters:
  ///   - reply: to the last request.
  ///   - elapsed: since the beginning.
  ///   - jitter: any number from 0 to 1.
  mutating func next(after reply: Reply, elapsed: Duration, jitter: Double) -> Step {
    switch reply {
    case .none(let error):
      problem = "\(RemoteError.noAnswer(url: url, reason: error))"
      // Another one may be the master by now: who was asked first will know.
      url = first
      redirects = 0
      switch error.kind {
      case .couldNotResolve, .couldNotConnect, .badURL: break
      case .cancelled, .stopped: return .end(result(.unknown))
      default: mayBeWritten = true
      }
      return again(elapsed, jitter)
    case .answer(let answer):
      return next(after: answer, elapsed, jitter)
    }
  }

  private mutating func next(after answer: Answer, _ elapsed: Duration, _ jitter: Double) -> Step {
    problem = answer.message.isEmpty ? "\(url) answered \(answer.status), not as a node does" : answer.message
    if let master = answer.master, redirects < Self.redirectsMax {
      redirects += 1
      url = master
      return send(after: .zero, left: limit - elapsed)
    }
    note(answer)
    switch answer.outcome {
    case .committed:
      return .end(result(.committed, answer))
    case .pending:
      pending = answer
      // It waited its time, or stops: then connecting fails next.
      pause = Self.pauseMin
      return again(elapsed, jitter)
    case .notWritten:
      let isPassing = answer.data["retryable"]?.bool ?? (answer.status >= 500)
      return isPassing ? again(elapsed, jitter, atLeast: answer.retryAfter) : refused(answer)
    case .unknown where answer.status == 410:
      return .end(result(.unknown))
    case nil where (400..<500).contains(answer.status):
      return refused(answer)
    case .unknown, nil:
      // What was told before may be true no more: another master may have taken over.
      pending = nil
      wasThere = false
      mayBeWritten = true
      return again(elapsed, jitter, atLeast: answer.retryAfter)
    }
  }

  /// The end, by what the master said of the key.
  /// - Parameter answer: nil where it said nothing.
  func end(told answer: Answer?) -> AddResult {
    if let answer, answer.status == 200, let outcome = answer.outcome, outcome != .unknown {
      var result = result(outcome, outcome == .notWritten ? nil : answer)
      if outcome == .notWritten { result.problem = answer.message }
      return result
    }
    // That nobody can be asked takes nothing back; that the key isn't seen does.
    if answer == nil, let pending { return result(.pending, pending) }
    return result(.unknown)
  }

  /// The end, when the key turned out to be that of other messages: those of this request were never written with it.
  /// - Parameter problem: that in words.
  func endWithKeyOfOthers(_ problem: String = "the key is that of another message") -> AddResult {
    var result = result(.notWritten)
    result.problem = problem
    result.isOtherMessage = true
    return result
  }

  /// Nothing was written by this request; one before it may have been carried out, unless the key is sealed (409) or that of
  /// other messages, which the answer gives the offset of (422).
  private func refused(_ answer: Answer) -> Step {
    if answer.isOtherMessage { return .end(endWithKeyOfOthers(problem)) }
    let isUnclear = mayBeWritten || pending != nil
    return isUnclear && answer.status != 409 ? .ask(url) : .end(result(.notWritten))
  }

  /// A replay is one of an earlier run only if no request of this one can have been carried out before it.
  private mutating func note(_ answer: Answer) {
    guard answer.outcome == .committed || answer.outcome == .pending, wasThere == nil else { return }
    wasThere = answer.isReplayed && !mayBeWritten
  }

  private mutating func again(_ elapsed: Duration, _ jitter: Double, atLeast: Duration? = nil) -> Step {
    let drawn = pause * (0.5 + 0.5 * jitter)
    pause = min(pause * 2, Self.pauseMax)
    let pause = max(drawn, atLeast ?? .zero)
    let left = limit - elapsed - pause
    if left >= Self.leftMin { return send(after: pause, left: left) }
    if let pending { return .end(result(.pending, pending)) }
    return mayBeWritten ? .ask(url) : .end(result(.notWritten))
  }

  private mutating func send(after pause: Duration, left: Duration) -> Step {
    attempts += 1
    return .send(to: url, after: pause, wait: max(min(left, Self.waitMax), .milliseconds(1)))
  }

  private func result(_ outcome: Outcome, _ answer: Answer? = nil) -> AddResult {
    AddResult(
      outcome: outcome, offsets: answer?.offsets, epoch: answer?.epoch, key: key,
      isReplayed: answer != nil && wasThere ?? false, attempts: attempts, heldBy: answer?.names("held_by") ?? [],
      missing: answer?.names("missing") ?? [], problem: outcome == .committed ? nil : problem)
  }
}
