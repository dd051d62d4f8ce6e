import HTTPServer
import Locking
import ReplicationCore
import Synchronization

/// `GET /messages` with `Accept: text/event-stream`, on any node: the log as it grows, one event per message.
final class LiveFeed: Sendable {
  /// How many bytes of entries are read from the log for one who is behind; one entry is always allowed.
  private static let blockBytesMax = 64 << 10
  /// How many bytes the events take that are kept for all who follow.
  static let ringBytesMax = 1 << 20
  /// The fields of a request's head that it looks at.
  static let headersRead = ["Last-Event-ID"]

  let log: any Log
  let heartbeat: Duration
  private let ring: Locked<EventRing>
  private let readers = Atomic<Int>(0)
  /// Where the log stood when those who follow were woken last.
  private let told = Told(News(last: .zero, generation: 0))

  private struct News: Hashable {
    let last: Offset
    let generation: UInt64
  }

  /// - Parameters:
  ///   - log: the node's.
  ///   - heartbeat: after so long without an event a client gets a comment.
  ///   - ringBytesMax: how many bytes the events take that are kept for all.
  init(log: any Log, heartbeat: Duration = .seconds(15), ringBytesMax: Int = LiveFeed.ringBytesMax) {
    self.log = log
    self.heartbeat = heartbeat
    ring = Locked(EventRing(bytesMax: ringBytesMax))
  }

  /// Whether those who follow are to be woken: there are some, and more is shown than when they were woken last, or entries
  /// were taken out. Any thread; where nobody follows it costs a look at a number.
  ///
  /// Who begins to follow is counted before it looks at the log, so that what becomes durable after that look is told.
  func hasNews() -> Bool {
    guard readers.load(ordering: .sequentiallyConsistent) > 0 else { return false }
    // Where that can't be told, they find out.
    guard let shown = try? MessagesAnswer.Shown(log) else { return true }
    return told.exchange(News(last: shown.local, generation: shown.end.generation))
  }

  /// - Throws: 422 for parameters or an id that are not allowed, 500 where the log can't be read.
  func answer(_ request: Request) throws(Rejection) -> Response {
    let reader = LiveReader(self, from: try LiveStart.offset(request))
    try MessagesAnswer.reading { () throws(LogReadError) in try reader.check() }
    return Response(
      status: 200,
      headers: [MessagesFormat.events.contentType, Header(name: "Cache-Control", value: "no-store")],
      body: .live { try reader.next() })
  }

  /// The events from `offset` on: those that all share, or what is read from the log until it comes to them.
  ///
  /// - Parameters:
  ///   - offset: at most `shown.local`.
  ///   - shown: what the node shows.
  /// - Throws: `LogReadError`.
  func block(at offset: Offset, _ shown: MessagesAnswer.Shown) throws(LogReadError) -> EventBlock {
    let (end, newest) = (shown.end, shown.local)
    let (shared, limit) = ring.withLock {
      ($0.block(at: offset, generation: end.generation), $0.limit(from: offset, generation: end.generation))
    }
    if let shared { return shared }
    guard let run = try log.runEnd(from: offset, bytesMax: Self.blockBytesMax, entriesMax: .max) else { throw .reset }
    let last = min(run.last, newest, limit ?? newest)
    let block = EventBlock(try log.read(from: offset, through: last, generation: end.generation))
    ring.withLock { $0.add(block, isNewest: last == newest, generation: end.generation) }
    return block
  }

  /// Counts those who follow.
  func began() { readers.add(1, ordering: .sequentiallyConsistent) }
  /// Counts those who follow.
  func ended() { readers.subtract(1, ordering: .sequentiallyConsistent) }
}
