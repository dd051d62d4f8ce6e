import ReplicationCore

/// What a page takes of the log: found without making its text.
struct MessagesPage {
  /// The point of the last entry that it takes; nil when it takes none.
  private(set) var last: LogPoint?
  /// Where the next page begins.
  private(set) var next: Offset
  /// How many messages it has.
  private(set) var messages = 0
  /// Whether it ends where it does because it has as much as it may have: then it never changes.
  private(set) var isFull = false
  /// The entries with which it begins, read already: all of a small page.
  private(set) var entries: EntryRun?

  /// How many bytes of the log a page takes at most; one message always fits.
  static let bytesMax = 1 << 20

  /// - Parameters:
  ///   - first: where it begins, at least 1.
  ///   - limit: how many messages it has at most, at least 1. Entries that are no messages don't count.
  ///   - log: the node's.
  ///   - through: the last offset that is shown.
  ///   - generation: the `LogEnd.generation` in which that was looked up.
  /// - Throws: `LogReadError`.
  init(
    from first: Offset, limit: Int, of log: any Log, through: Offset, generation: UInt64
  ) throws(LogReadError) {
    next = first
    var bytes = 0
    while next <= through {
      let left = Self.bytesMax - bytes
      let entries = try log.run(
        from: next, through: through, bytesMax: min(max(left, 1), MessagesAnswer.pieceBytesMax),
        entriesMax: limit - messages, generation: generation)
      // An entry that alone is larger than what is left belongs to the next page, unless this one would have nothing.
      if entries.bytes.count > left, messages > 0 {
        isFull = true
        return
      }
      if self.entries == nil { self.entries = entries }
      var (last, messages) = (last, messages)
      entries.forEach { entry in
        last = entry.point
        if entry.kind == .message { messages += 1 }
      }
      (self.last, self.messages) = (last, messages)
      bytes += entries.bytes.count
      next = entries.last.next
      if messages == limit {
        isFull = true
        return
      }
    }
  }
}
