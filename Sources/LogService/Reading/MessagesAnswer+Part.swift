import HTTPServer
import ReplicationCore

extension MessagesAnswer {
  /// Which part of the log an answer tells, and what its head says of it.
  struct Part {
    /// Whether a page ends because it has as much as it may have.
    let isFull: Bool
    let tag: EntityTag
    /// The last offset in it.
    let last: Offset
    /// Where the next page begins.
    private let next: Offset
    /// The fields of the head that are the same whenever it is told.
    private let headers: [Header]

    /// - Parameters:
    ///   - query: what is asked for.
    ///   - shown: what the node shows.
    ///   - log: the node's.
    /// - Returns: the part, and the entries with which it begins, if they were read already.
    /// - Throws: `LogReadError`.
    static func find(
      _ query: MessagesQuery, _ shown: Shown, log: any Log
    ) throws(LogReadError) -> (part: Part, entries: EntryRun?) {
      let last = shown.last(query.level)
      guard let limit = query.limit else {
        let point = last == shown.end.durable ? shown.end.durablePoint : try log.point(at: last)
        guard let point else { throw .reset }
        return (Part(query, end: last > .zero ? point : nil, next: last.next, isFull: false), nil)
      }
      let page = try MessagesPage(
        from: query.from, limit: limit, of: log, through: last, generation: shown.end.generation)
      return (Part(query, end: page.last, next: page.next, isFull: page.isFull), page.entries)
    }

    /// - Parameters:
    ///   - query: what is asked for.
    ///   - end: the point of the last entry; nil for none.
    ///   - next: where the next page begins.
    ///   - isFull: whether it ends because it has as much as it may have.
    private init(_ query: MessagesQuery, end: LogPoint?, next: Offset, isFull: Bool) {
      self.isFull = isFull
      self.next = next
      last = end?.offset ?? .zero
      tag = Self.tag(end, query)
      var headers = [
        query.format.contentType, Header(name: "Log-Next-Offset", value: next.description),
        Header(name: "ETag", value: tag.description), Header(name: "Vary", value: "Accept"),
      ]
      if isFull, let limit = query.limit {
        headers.append(Header(name: "Link", value: query.link(from: next, limit: limit)))
      }
      self.headers = headers
    }

    /// Answers with the same last entry tell the same, since the rest is in the address; those with none are all empty.
    private static func tag(_ last: LogPoint?, _ query: MessagesQuery) -> EntityTag {
      var opaque = last.map { String($0.offset.rawValue) + "-" + String($0.hash, radix: 16) } ?? "empty"
      if query.view == .full { opaque += "-full" }
      if query.format == .ndjson { opaque += "-ndjson" }
      return EntityTag(opaque: opaque)
    }

    /// What the head says, `more` at its end.
    func headers(_ query: MessagesQuery, _ shown: Shown, and more: [Header]) -> [Header] {
      // A page that is full and that a majority holds never changes.
      let isForEver = isFull && next <= shown.committed.next
      return headers + [
        Header(name: "Log-Last-Offset", value: shown.last(query.level).description),
        Header(name: "Cache-Control", value: isForEver ? "public, max-age=31536000, immutable" : "no-cache"),
      ] + more
    }
  }
}
