import JSON
import ReplicationCore

/// Consecutive entries as server-sent events: `id: OFFSET`, `data: {"text":…}` and an empty line for each message.
struct EventBlock: Sendable {
  /// The offset of the first entry, at least 1.
  let first: Offset
  /// The offset of the last entry.
  let last: Offset
  /// Empty where no entry is a message. JSON has no line break of its own, so that a text is one line whatever it holds.
  let bytes: [UInt8]

  /// - Parameters:
  ///   - entries: at least one.
  ///   - view: how much is told of each message.
  init(_ entries: EntryRun, _ view: MessageView) {
    first = entries.first
    last = entries.last
    var text: [UInt8] = []
    text.reserveCapacity(entries.bytes.count)
    entries.forEach { entry in
      guard entry.kind == .message else { return }
      text.appendJSON("id: ")
      text += entry.offset.description.utf8
      text.appendJSON("\ndata: ")
      view.append(entry, to: &text)
      text.appendJSON("\n\n")
    }
    bytes = text
  }

  /// What a client that follows gets when nothing else is sent: a comment, which it skips.
  static let heartbeat = Array(": heartbeat\n\n".utf8)
}
