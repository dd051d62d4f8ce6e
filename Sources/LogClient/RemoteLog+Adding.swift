import HTTPClient

extension RemoteLog {
  /// Adds messages, and repeats the request until its outcome is known or the time is over: after lost answers, refused
  /// connections and answers that tell nothing, with pauses that grow and are partly chance. No repetition adds anything twice.
  /// A follower's word for where the master is is followed.
  ///
  /// - Parameters:
  ///   - addition: what to add.
  ///   - limit: how long it may take, about; the last request gets some seconds more to be answered.
  /// - Returns: what became of it. Whether it is what the caller hoped for is in ``AddResult/outcome``.
  public func add(_ addition: Addition, within limit: Duration) async -> AddResult {
    let begin = ContinuousClock.now
    var retry = Retry(url: url, key: addition.key, limit: limit)
    var step = retry.begin()
    while true {
      switch step {
      case .send(let url, let pause, let wait):
        // A cancelled task doesn't sleep: its request ends at once, and with it the loop.
        if pause > .zero { try? await Task.sleep(for: pause) }
        let reply = await post(addition, to: url, wait: wait)
        step = retry.next(after: reply, elapsed: ContinuousClock.now - begin, jitter: .random(in: 0...1))
      case .ask(let url):
        let query = addition.writeConcern.map { "?write_concern=\($0)" } ?? ""
        let told = try? await get(url, addition.keyPath + query, timeout: Self.grace)
        // A seal is no message, and tells its own outcome.
        guard let told, let offsets = told.offsets, told.outcome != .notWritten else { return retry.end(told: told) }
        switch await isHeld(addition, at: offsets, by: url) {
        case true?: return retry.end(told: told)
        case false?:
          return retry.endWithKeyOfOthers("the key is that of another message, at offset \(offsets.lowerBound)")
        case nil: return retry.end(told: nil)
        }
      case .end(let result):
        return result
      }
    }
  }

  /// Whether the messages at these offsets are those that were to be added: the key, given by a person, may be another
  /// request's. Nil where that can't be told.
  private func isHeld(_ addition: Addition, at offsets: ClosedRange<UInt64>, by url: String) async -> Bool? {
    let log = RemoteLog(url: url, client: client)
    var texts: [[UInt8]] = []
    var next = offsets.lowerBound
    while next <= offsets.upperBound {
      let left = min(offsets.upperBound - next + 1, 10_000)
      guard let page = try? await log.page(from: next, limit: Int(left)), page.next > next else { return nil }
      texts += page.messages.prefix { $0.offset <= offsets.upperBound }.map(\.text)
      next = page.next
    }
    return texts == addition.texts
  }

  private func post(_ addition: Addition, to url: String, wait: Duration) async -> Retry.Reply {
    let body = addition.body(wait: wait)
    let request = Request(
      method: .post, url: Self.joined(url, "/add"),
      headers: ["Content-Type": "application/json", "Idempotency-Key": addition.quotedKey], body: body,
      timeout: wait + Self.grace + .seconds(body.count / Self.bytesPerSecondMin),
      connectTimeout: Self.connectTimeout, responseHeaderNames: Answer.headerNames)
    do throws(ClientError) {
      return .answer(Answer(try await client.send(request)))
    } catch {
      return .none(error)
    }
  }

  /// A long body may take longer: so much of it comes through in a second at least.
  private static let bytesPerSecondMin = 1 << 20
}
