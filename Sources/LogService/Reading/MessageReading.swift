import HTTPServer
import JSON
import ReplicationCore

/// `GET /messages` on any node: waits where the client wants it, and answers.
final class MessageReading: Sendable {
  private let log: any Log
  private let commit: @Sendable () -> Offset
  /// Where those wait who want what the node doesn't show yet.
  let gate: ReaderGate
  /// Those who follow the log.
  let live: LiveFeed
  private let recent = RecentPages()
  static let path = "/messages"
  /// The fields of a request's head that it looks at.
  static let headersRead = ["Accept", "If-None-Match"] + LiveFeed.headersRead

  /// - Parameters:
  ///   - log: the node's.
  ///   - waitingMax: how many readers may wait at once.
  ///   - commit: what a majority holds, as far as the node knows. Any thread.
  init(log: any Log, waitingMax: Int, commit: @escaping @Sendable () -> Offset) {
    self.log = log
    self.commit = commit
    live = LiveFeed(log: log, commit: commit)
    // Where that can't be told, who waits goes on waiting.
    gate = ReaderGate(limit: waitingMax) { (try? MessagesAnswer.Shown(log, commit: commit))?.last($0) ?? .zero }
  }

  /// Answers one that waits for nothing, without a task.
  ///
  /// - Returns: nil for all else, and for what is not allowed.
  func answerPromptly(_ request: Request, standing: () -> [Header] = { [] }) -> PromptReply? {
    guard request.method == "GET", request.path == Self.path,
      request.query.allSatisfy({ MessagesQuery.names.contains($0.name) }),
      MessagesFormat(accept: request.header("Accept")) != .events, let query = try? MessagesQuery(request),
      query.minOffset == nil, query.wait == .zero,
      let response = try? MessagesAnswer.response(
        log: log, query: query, recent: recent, commit: commit, headers: standing())
    else { return nil }
    return .now(response)
  }

  /// - Parameters:
  ///   - request: of a client.
  ///   - standing: what the node says of itself in the head of the answer, asked when the answer is made.
  /// - Throws: 422 for parameters that are not allowed, 500 where the log can't be read, 503 where too many wait.
  func answer(_ request: Request, standing: () -> [Header] = { [] }) async throws(Rejection) -> Response {
    if MessagesFormat(accept: request.header("Accept")) == .events { return try live.answer(request) }
    let query = try MessagesQuery(request)
    if query.minOffset != nil || query.wait > .zero {
      let deadline = ContinuousClock.now + query.wait
      if let offset = query.minOffset, try await !isShown(offset, query.level, by: deadline) {
        return try notYet(offset, query, standing())
      }
      if query.wait > .zero { try await holdEmpty(query, until: deadline) }
    }
    return try MessagesAnswer.response(log: log, query: query, recent: recent, commit: commit, headers: standing())
  }

  /// Whether the node shows an offset, now or until the time is over.
  private func isShown(
    _ offset: Offset, _ level: MessagesQuery.Level, by deadline: ContinuousClock.Instant
  ) async throws(Rejection) -> Bool {
    while offset > (try last(level)) {
      guard try await wait(for: offset, level, until: deadline) else { return false }
    }
    return true
  }

  /// The last offset that the node shows.
  private func last(_ level: MessagesQuery.Level) throws(Rejection) -> Offset {
    try MessagesAnswer.reading { () throws(LogReadError) in
      try MessagesAnswer.Shown(log, commit: commit).last(level)
    }
  }

  /// Waits while the answer would have no message.
  private func holdEmpty(_ query: MessagesQuery, until deadline: ContinuousClock.Instant) async throws(Rejection) {
    while true {
      let page = try MessagesAnswer.reading { () throws(LogReadError) in
        let shown = try MessagesAnswer.Shown(log, commit: commit)
        return try MessagesPage(
          from: query.from, limit: 1, of: log, through: shown.last(query.level), generation: shown.end.generation)
      }
      guard page.messages == 0, try await wait(for: page.next, query.level, until: deadline) else { return }
    }
  }

  private func wait(
    for offset: Offset, _ level: MessagesQuery.Level, until deadline: ContinuousClock.Instant
  ) async throws(Rejection) -> Bool {
    do throws(ReaderGate.Full) {
      return try await gate.wait(for: offset, level, until: deadline)
    } catch {
      throw .unavailable(
        "too many readers wait, at most \(error.limit) may: ask again, or without wait",
        data: .members(["readers_waiting_max": .number(UInt64(error.limit))]))
    }
  }

  /// 504: what the client wants to see at least is not here.
  private func notYet(
    _ offset: Offset, _ query: MessagesQuery, _ standing: [Header]
  ) throws(Rejection) -> Response {
    let last = try last(query.level)
    return Envelope.response(
      504,
      "this node shows the messages through offset \(last) (level \(query.level.rawValue)), not yet through min_offset "
        + "\(offset): ask again, with a longer wait (at most \(MessagesQuery.waitMax.components.seconds)), or another node",
      data: .members(["min_offset": .number(offset.rawValue), "last_offset": .number(last.rawValue)]),
      headers: [
        Header(name: "Log-Last-Offset", value: last.description), Header(name: "Cache-Control", value: "no-store"),
      ] + standing)
  }
}
