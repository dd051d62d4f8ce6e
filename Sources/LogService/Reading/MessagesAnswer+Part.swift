import HTTPServer
import ReplicationCore

extension MessagesAnswer {
  /// Which part of the log an answer tells, and what its head says of it.
  struct Part {
    /// Where the next page begins.
    let next: Offset
    /// Whether a page ends because it has as much as it may have.
    let isFull: Bool
    let tag: EntityTag
    /// The last offset in it.
    let last: Offset
    /// The entries with which it begins, if they were read already.
    let entries: EntryRun?

    /// - Parameters:
    ///   - query: what is asked for.
    ///   - shown: what the node shows.
    ///   - log: the node's.
    /// - Throws: `LogReadError`.
    static func find(_ query: MessagesQuery, _ shown: Shown, log: any Log) throws(LogReadError) -> Part {
      let last = shown.last(query.level)
      guard let limit = query.limit else {
        let point = last == shown.end.durable ? shown.end.durablePoint : try log.point(at: last)
        guard let point else { throw .reset }
        let tag = tag(last > .zero ? point : nil, query)
        return Part(next: last.next, isFull: false, tag: tag, last: last, entries: nil)
      }
      let page = try MessagesPage(
        from: query.from, limit: limit, of: log, through: last, generation: shown.end.generation)
      return Part(
        next: page.next, isFull: page.isFull, tag: tag(page.last, query), last: page.last?.offset ?? .zero,
        entries: page.entries)
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
      var headers: [Header] = []
      headers.reserveCapacity(7 + more.count)
      headers.append(query.format.contentType)
      headers.append(Header(name: "Log-Next-Offset", value: next.description))
      headers.append(Header(name: "Log-Last-Offset", value: shown.last(query.level).description))
      headers.append(Header(name: "ETag", value: tag.description))
      headers.append(
        Header(name: "Cache-Control", value: isForEver ? "public, max-age=31536000, immutable" : "no-cache"))
      headers.append(Header(name: "Vary", value: "Accept"))
      if isFull, let limit = query.limit {
        headers.append(Header(name: "Link", value: query.link(from: next, limit: limit)))
      }
      headers += more
      return headers
    }
  }
}
