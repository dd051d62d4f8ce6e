import JSON
import ReplicationCore

/// Makes the text of an answer, piece after piece, from a part of the log that doesn't change.
struct MessagesReader {
  let log: any Log
  /// The last offset to tell.
  let through: Offset
  /// The `LogEnd.generation` in which it was looked up.
  let generation: UInt64
  let view: MessageView
  let format: MessagesFormat
  private var next: Offset
  /// The entries with which it begins, if they were read already.
  private var entriesRead: EntryRun?
  private var isBegun = false
  private var isAnyShown = false
  /// Whether all is told.
  private(set) var isFinished = false

  /// - Parameters:
  ///   - log: the node's.
  ///   - query: from where, and in which form.
  ///   - through: the last offset to tell.
  ///   - generation: the `LogEnd.generation` in which it was looked up.
  ///   - entries: those with which it begins, if they were read already.
  init(
    log: any Log, _ query: MessagesQuery, through: Offset, generation: UInt64, beginningWith entries: EntryRun?
  ) {
    self.log = log
    self.through = through
    self.generation = generation
    view = query.view
    format = query.format
    next = query.from
    entriesRead = entries
  }

  /// The next piece of the text; nil when all is told.
  /// - Throws: `LogReadError`: the answer must break off, since what follows is another history or is damaged.
  mutating func piece() throws(LogReadError) -> [UInt8]? {
    if isFinished { return nil }
    let begin: StaticString = isBegun ? "" : format.begin
    isBegun = true
    let entries = next <= through ? try nextEntries() : .empty(after: through)
    if !entries.isEmpty { next = entries.last.next }
    isFinished = next > through
    let end: StaticString = isFinished ? format.end : ""
    return texts(entries, between: begin, and: end) ?? parts(entries, between: begin, and: end)
  }

  /// A piece of nothing but texts, in one go; nil where that has no room: an entry's head leaves each some for what is escaped.
  private mutating func texts(_ entries: EntryRun, between begin: StaticString, and end: StaticString) -> [UInt8]? {
    guard view == .text else { return nil }
    let between = format.between
    let capacity = begin.utf8CodeUnitCount + entries.bytes.count + end.utf8CodeUnitCount
    var isAny = false
    let text = [UInt8](jsonCapacity: capacity) { text in
      text.append(begin)
      entries.forEach { entry in
        guard entry.kind == .message else { return }
        if isAny {
          text.append(between, contentOf: entry.payload)
        } else {
          text.append(format.opening(isFirst: !isAnyShown))
          text.append("\"", contentOf: entry.payload)
          isAny = true
        }
      }
      if isAny {
        text.append("\"")
        text.append(format.closing)
      }
      text.append(end)
    }
    if text != nil, isAny { isAnyShown = true }
    return text
  }

  /// A piece of anything, part by part.
  private mutating func parts(_ entries: EntryRun, between begin: StaticString, and end: StaticString) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(begin.utf8CodeUnitCount + entries.bytes.count + end.utf8CodeUnitCount)
    text.appendJSON(begin)
    entries.forEach { entry in
      guard entry.kind == .message else { return }
      view.append(entry, to: &text, opening: format.opening(isFirst: !isAnyShown), closing: format.closing)
      isAnyShown = true
    }
    text.appendJSON(end)
    return text
  }

  private mutating func nextEntries() throws(LogReadError) -> EntryRun {
    if let entries = entriesRead.take() { return entries }
    return try log.run(
      from: next, through: through, bytesMax: MessagesAnswer.pieceBytesMax, entriesMax: .max, generation: generation)
  }
}
