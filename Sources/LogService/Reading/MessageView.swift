import JSON
import ReplicationCore

/// How much is told of each message.
enum MessageView: String, CaseIterable, Sendable {
  /// Its text.
  case text
  /// Its text, offset, epoch and time.
  case full

  /// Appends a message as a JSON object.
  func append(_ entry: EntryView, to text: inout [UInt8]) {
    switch self {
    case .text: text.appendJSON("{\"text\":", string: entry.payload, "}")
    case .full:
      text.appendJSON("{\"text\":", string: entry.payload, ",\"offset\":")
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
      text.appendJSON("}")
    }
  }
}
