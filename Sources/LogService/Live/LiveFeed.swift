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
  private let commit: @Sendable () -> Offset
  let heartbeat: Duration
  private let rings: Locked<[LiveStart.Form: EventRing]>
  private let ringBytesMax: Int
  private let readers = Atomic<Int>(0)
  /// How many of them want committed messages only.
  private let cautiousReaders = Atomic<Int>(0)
  /// Where the log stood when those who follow were woken last.
  private let told = Told(News(local: .zero, committed: .zero, generation: 0))

  private struct News: Hashable {
    let local: Offset
    let committed: Offset
    let generation: UInt64
  }

  /// - Parameters:
  ///   - log: the node's.
  ///   - heartbeat: after so long without an event a client gets a comment.
  ///   - ringBytesMax: how many bytes the events take that are kept for all who want the same form.
  ///   - commit: what a majority holds, as far as the node knows. Any thread.
  init(
    log: any Log, heartbeat: Duration = .seconds(15), ringBytesMax: Int = LiveFeed.ringBytesMax,
    commit: @escaping @Sendable () -> Offset = { .zero }
  ) {
    self.log = log
    self.commit = commit
    self.heartbeat = heartbeat
    self.ringBytesMax = ringBytesMax
    rings = Locked([:])
  }

  /// What the node shows now.
  func shown() throws(LogReadError) -> MessagesAnswer.Shown { try MessagesAnswer.Shown(log, commit: commit) }

  /// Whether those who follow are to be woken: there are some, and more is shown than when they were woken last, or entries
  /// were taken out. Any thread, under no lock of the node; where nobody follows it costs a look at a number.
  ///
  /// Who begins to follow is counted before it looks at the log, so that what becomes durable after that look is told.
  func hasNews() -> Bool {
    guard readers.load(ordering: .sequentiallyConsistent) > 0 else { return false }
    // Where that can't be told, they find out.
    guard let shown = try? shown() else { return true }
    let isAnyCautious = cautiousReaders.load(ordering: .sequentiallyConsistent) > 0
    return told.exchange(
      News(
        local: shown.local, committed: isAnyCautious ? shown.committed : .zero, generation: shown.end.generation))
  }

  /// - Throws: 422 for parameters or an id that are not allowed, 500 where the log can't be read.
  func answer(_ request: Request) throws(Rejection) -> Response {
    let reader = LiveReader(self, try LiveStart(request))
    try MessagesAnswer.reading { () throws(LogReadError) in try reader.check() }
    return Response(
      status: 200,
      headers: [MessagesFormat.events.contentType, Header(name: "Cache-Control", value: "no-store")],
      body: .live { try reader.next() })
  }

  /// The events from `offset` on: those that all share, or what is read from the log until it comes to them.
  ///
  /// - Parameters:
  ///   - offset: at most the last that is shown.
  ///   - form: in which they are told.
  ///   - shown: what the node shows.
  /// - Throws: `LogReadError`.
  func block(
    at offset: Offset, _ form: LiveStart.Form, _ shown: MessagesAnswer.Shown
  ) throws(LogReadError) -> EventBlock {
    let (end, newest) = (shown.end, shown.last(form.level))
    let (shared, limit) = rings.withLock { rings in
      let ring = rings[form]
      return (
        ring?.block(at: offset, generation: end.generation), ring?.limit(from: offset, generation: end.generation)
      )
    }
    if let shared { return shared }
    let entries = try log.run(
      from: offset, through: min(newest, limit ?? newest), bytesMax: Self.blockBytesMax, entriesMax: .max,
      generation: end.generation)
    let block = EventBlock(entries, form.view)
    rings.withLock { rings in
      rings[form, default: EventRing(bytesMax: ringBytesMax)].add(
        block, isNewest: block.last == newest, generation: end.generation)
    }
    return block
  }

  /// Counts those who follow.
  func began(_ form: LiveStart.Form) { count(form, 1) }
  /// Counts those who follow.
  func ended(_ form: LiveStart.Form) { count(form, -1) }

  private func count(_ form: LiveStart.Form, _ change: Int) {
    readers.add(change, ordering: .sequentiallyConsistent)
    if form.level == .committed { cautiousReaders.add(change, ordering: .sequentiallyConsistent) }
  }
}
