import HTTPServer
import Locking
import ReplicationCore

/// The answer to `GET /messages`: what the node shows, in pieces, so that a long log or a stuck client costs no memory.
enum MessagesAnswer {
  /// How many bytes of entries one piece takes.
  static let pieceBytesMax = 64 << 10

  /// What a node shows at one moment.
  struct Shown {
    let end: LogEnd
    /// What the node has durable, but for a list of which it has only the beginning.
    let local: Offset
    /// What a majority is known to hold, and this node itself.
    let committed: Offset

    /// - Parameters:
    ///   - log: the node's.
    ///   - commit: what a majority is known to hold. Asked after the log's end, so that it never belongs to an older log.
    /// - Throws: `LogReadError`.
    init(_ log: any Log, commit: () -> Offset = { .zero }) throws(LogReadError) {
      end = log.end
      local = try log.wholeEnd(through: end.durable)
      committed = min(local, commit())
    }

    /// The last offset that is shown.
    func last(_ level: MessagesQuery.Level) -> Offset { level == .local ? local : committed }
  }

  /// - Parameters:
  ///   - log: the node's.
  ///   - query: what is asked for; left out, everything.
  ///   - recent: the node's.
  ///   - commit: what a majority is known to hold.
  ///   - headers: what the node says of itself.
  /// - Throws: 500 where the beginning of the answer can't be read.
  static func response(
    log: any Log, query: MessagesQuery = MessagesQuery(), recent: RecentPages = RecentPages(),
    commit: () -> Offset = { .zero }, headers: [Header] = []
  ) throws(Rejection) -> Response {
    try reading { () throws(LogReadError) in
      let shown = try Shown(log, commit: commit)
      let (part, body) =
        if let page = recent.page(for: query, shown) { page } else { try read(query, shown, log: log, recent) }
      // What is shown was looked up in several steps, and a page that is kept is told without a look at the log.
      guard log.end.generation == shown.end.generation else { throw .reset }
      let isKnown = query.ifNoneMatch.map { part.tag.isNamed(in: $0) } ?? false
      // The body of a 304 isn't sent: its length is that of what the client has (RFC 9110, 8.6).
      return Response(
        status: isKnown ? 304 : 200, headers: part.headers(query, shown, and: headers), body: body)
    }
  }

  /// What is asked for, from the log. A page is noted.
  private static func read(
    _ query: MessagesQuery, _ shown: Shown, log: any Log, _ recent: RecentPages
  ) throws(LogReadError) -> (part: Part, body: Body) {
    let (part, entries) = try Part.find(query, shown, log: log)
    let body = try body(
      MessagesReader(
        log: log, query, through: part.last, generation: shown.end.generation, beginningWith: entries))
    if case .bytes(let text) = body { recent.note(part, text, for: query, shown) }
    return (part, body)
  }

  /// Looks anew if entries are taken out in between: nothing was sent yet.
  /// - Throws: 500 where the log can't be read.
  static func reading<Result>(_ read: () throws(LogReadError) -> Result) throws(Rejection) -> Result {
    while true {
      do throws(LogReadError) {
        return try read()
      } catch {
        if case .damaged(let damage) = error {
          throw Rejection(status: 500, message: "the messages can't be read: the log is \(damage)")
        }
      }
    }
  }

  private static func body(_ reader: MessagesReader) throws(LogReadError) -> Body {
    var reader = reader
    let first = try reader.piece() ?? []
    // A short text is one answer with a Content-Length.
    if reader.isFinished { return .bytes(first) }
    let rest = Locked(reader)
    let pending = Locked<[UInt8]?>(first)
    return .stream {
      if let first = pending.withLock({ $0.take() }) { return first }
      return try rest.withLock { try $0.piece() }
    }
  }
}
