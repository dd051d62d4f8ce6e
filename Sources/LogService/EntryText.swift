import JSON

public import ReplicationCore

/// An entry as a line of text, for `replog dump`.
public enum EntryText {
  /// A JSON object: `offset`, `epoch`, `time` in milliseconds since 1970, `text`.
  public static func json(_ entry: EntryView) -> [UInt8] {
    var line: [UInt8] = []
    line += "{\"offset\":\(entry.offset),\"epoch\":\(entry.epoch),\"time\":\(entry.time),\"text\":".utf8
    line.appendJSONString(entry.payload)
    line.appendJSON("}\n")
    return line
  }

  /// Offset, epoch and the text as a JSON string, with tabs between: one line whatever the text holds.
  public static func plain(_ entry: EntryView) -> [UInt8] {
    var line: [UInt8] = []
    line += "\(entry.offset)\t\(entry.epoch)\t".utf8
    line.appendJSONString(entry.payload)
    line.appendJSON("\n")
    return line
  }
}
