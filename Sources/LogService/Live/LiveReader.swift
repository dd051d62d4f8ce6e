import HTTPServer
import Locking
import ReplicationCore

/// One client that follows the log: its place in it, and nothing else.
final class LiveReader: Sendable {
  private struct Place {
    /// The first offset that wasn't handed out.
    var next: Offset
    /// When a heartbeat is due, if no event comes before.
    var heartbeatDue: ContinuousClock.Instant
  }

  private let feed: LiveFeed
  /// The log's, when the client came. In another one the offsets may name other messages.
  private let generation: UInt64
  private let place: Locked<Place>

  /// - Parameter first: the first offset to show; it may lie beyond the log's end.
  init(_ feed: LiveFeed, from first: Offset) {
    feed.began()
    self.feed = feed
    generation = feed.log.end.generation
    place = Locked(Place(next: first, heartbeatDue: .now + feed.heartbeat))
  }

  deinit {
    feed.ended()
  }

  /// Looks whether the first events can be read.
  /// - Throws: `LogReadError`; not `.reset`, which breaks off what `next` begins.
  func check() throws(LogReadError) {
    let next = place.withLock(\.next)
    let shown = try MessagesAnswer.Shown(feed.log)
    guard shown.end.generation == generation, next <= shown.local else { return }
    _ = try feed.block(at: next, shown)
  }

  /// The next events that the node has durable, or a heartbeat. One caller at a time.
  /// - Throws: `LogReadError`: the answer must break off. The client comes again with the last id that it has seen.
  func next() throws -> LivePiece {
    let shown = try MessagesAnswer.Shown(feed.log)
    guard shown.end.generation == generation else { throw LogReadError.reset }
    var (next, heartbeatDue) = place.withLock { ($0.next, $0.heartbeatDue) }
    let now = ContinuousClock.now
    var bytes: [UInt8] = []
    while bytes.isEmpty, next <= shown.local {
      let block = try feed.block(at: next, shown)
      next = block.last.next
      bytes = block.bytes
    }
    if bytes.isEmpty, now >= heartbeatDue { bytes = EventBlock.heartbeat }
    if !bytes.isEmpty { heartbeatDue = now + feed.heartbeat }
    place.withLock { $0 = Place(next: next, heartbeatDue: heartbeatDue) }
    return bytes.isEmpty ? .nothing(until: heartbeatDue) : .bytes(bytes)
  }
}
