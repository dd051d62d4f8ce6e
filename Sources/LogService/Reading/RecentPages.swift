import HTTPServer
import Locking
import ReplicationCore

/// The pages that were read lately, as they are told: readers who ask for the same ones, one after the other, have them read from
/// the log, checked and written as JSON once. Any thread.
///
/// Only full pages are kept, since they never change, except that entries are taken out; and of those the ones that are told in one
/// piece (`MessagesAnswer.pieceBytesMax`). Their bytes in a file aren't looked at again
/// while they are kept: damage since then is found by the slow check of the segments, or by a reader of something else.
final class RecentPages: Sendable {
  /// How many are kept, some 1 MiB at most.
  static let countMax = 16
  /// A longer text is not kept.
  static let bytesMax = 64 << 10

  /// All of a query that a page depends on.
  private struct Request: Hashable {
    let from: Offset
    let limit: Int?
    let view: MessageView
    let level: MessagesQuery.Level
    let format: MessagesFormat

    init(_ query: MessagesQuery) {
      (from, limit, view, level, format) = (query.from, query.limit, query.view, query.level, query.format)
    }
  }

  private struct Page {
    let request: Request
    let part: MessagesAnswer.Part
    let text: [UInt8]
  }

  private struct State {
    /// The one that was read last at the end. All are of one generation of the log.
    var pages: [Page] = []
    var generation: UInt64 = 0
  }

  private let state = Locked(State())

  /// The page that is asked for, if it was told lately.
  /// - Parameter shown: what the node shows now.
  func page(for query: MessagesQuery, _ shown: MessagesAnswer.Shown) -> (part: MessagesAnswer.Part, body: Body)? {
    if query.limit == nil { return nil }
    let request = Request(query)
    return state.withLock { state in
      guard state.generation == shown.end.generation,
        let page = state.pages.last(where: { $0.request == request }), page.part.last <= shown.last(query.level)
      else { return nil }
      return (page.part, .bytes(page.text))
    }
  }

  /// Notes what is told, if it never changes.
  /// - Parameters:
  ///   - text: all of it.
  ///   - shown: what the node showed when it was read.
  func note(_ part: MessagesAnswer.Part, _ text: [UInt8], for query: MessagesQuery, _ shown: MessagesAnswer.Shown) {
    guard part.isFull, text.count <= Self.bytesMax else { return }
    let page = Page(request: Request(query), part: part, text: text)
    state.withLock { state in
      if shown.end.generation != state.generation { (state.pages, state.generation) = ([], shown.end.generation) }
      // Several readers may have read it at the same time.
      state.pages.removeAll { $0.request == page.request }
      if state.pages.count == Self.countMax { state.pages.removeFirst() }
      state.pages.append(page)
    }
  }
}
