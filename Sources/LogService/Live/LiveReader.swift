import HTTPServer
import Locking
import ReplicationCore

/// One client that follows the log: its place in it, and nothing else.
final class LiveReader: Sendable {
  private struct Place {
    /// The first offset that wasn't handed out.
    var next: Offset
    /// When a heartbeat is due, if no event comes before.
    var heartbeatDue: Moment
  }

  private let feed: LiveFeed
  private let form: LiveStart.Form
  /// The log's, when the client came. In another one the offsets may name other messages.
  private let generation: UInt64
  private let place: Locked<Place>

  /// - Parameter start: its offset may lie beyond the log's end.
  init(_ feed: LiveFeed, _ start: LiveStart) {
    feed.began(start.form)
    self.feed = feed
    form = start.form
    generation = feed.log.end.generation
    place = Locked(Place(next: start.offset, heartbeatDue: .now + feed.heartbeat))
  }

  deinit {
    feed.ended(form)
  }

  /// Looks whether the first events can be read.
  /// - Throws: `LogReadError`; not `.reset`, which breaks off what `next` begins.
  func check() throws(LogReadError) {
    let next = place.withLock(\.next)
    let shown = try feed.shown()
    guard shown.end.generation == generation, next <= shown.last(form.level) else { return }
    _ = try feed.block(at: next, form, shown)
  }

  /// The next events that the node shows, or a heartbeat. One caller at a time.
  /// - Throws: `LogReadError`: the answer must break off. The client comes again with the last id that it has seen.
  func next() throws -> LivePiece {
    let shown = try feed.shown()
    guard shown.end.generation == generation else { throw LogReadError.reset }
    var (next, heartbeatDue) = place.withLock { ($0.next, $0.heartbeatDue) }
    let now = Moment.now
    var bytes: [UInt8] = []
    while bytes.isEmpty, next <= shown.last(form.level) {
      let block = try feed.block(at: next, form, shown)
      next = block.last.next
      bytes = block.bytes
    }
    if bytes.isEmpty, now >= heartbeatDue { bytes = EventBlock.heartbeat }
    if !bytes.isEmpty { heartbeatDue = now + feed.heartbeat }
    place.withLock { $0 = Place(next: next, heartbeatDue: heartbeatDue) }
    return bytes.isEmpty ? .nothing(until: heartbeatDue) : .bytes(bytes)
  }
}
