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
    var text: [UInt8] = []
    if !isBegun {
      format.begin(&text)
      isBegun = true
    }
    if next <= through {
      let entries = try nextEntries()
      text.reserveCapacity(text.count + entries.bytes.count)
      entries.forEach { entry in
        guard entry.kind == .message else { return }
        format.append(&text, isFirst: !isAnyShown) { view.append(entry, to: &$0) }
        isAnyShown = true
      }
      next = entries.last.next
    }
    if next > through {
      format.end(&text)
      isFinished = true
    }
    return text
  }

  private mutating func nextEntries() throws(LogReadError) -> EntryRun {
    if let entries = entriesRead.take() { return entries }
    return try log.run(
      from: next, through: through, bytesMax: MessagesAnswer.pieceBytesMax, entriesMax: .max, generation: generation)
  }
}
