import JSON
import ReplicationCore

/// How much is told of each message.
enum MessageView: String, CaseIterable, Sendable {
  /// Its text.
  case text
  /// Its text, offset, epoch and time.
  case full

  /// Appends a message as a JSON object.
  /// - Parameters:
  ///   - opening: how the object begins, up to the text.
  ///   - closing: how it ends.
  func append(
    _ entry: EntryView, to text: inout [UInt8], opening: StaticString = #"{"text":"#, closing: StaticString = "}"
  ) {
    switch self {
    case .text: text.appendJSON(opening, string: entry.payload, closing)
    case .full:
      text.appendJSON(opening, string: entry.payload, ",\"offset\":")
      text += entry.offset.description.utf8
      text.appendJSON(",\"epoch\":")
      text += entry.epoch.description.utf8
      text.appendJSON(",\"time\":")
      // What a person put on a follower by hand has no time.
      if entry.time == 0 {
        text.appendJSON("null")
      } else {
        text.appendJSON("\"")
        text.appendTimestamp(entry.time)
        text.appendJSON("\"")
      }
      text.appendJSON(closing)
    }
  }
}
