import HTTPServer
import JSON

/// The form in which messages are sent, chosen by the client's `Accept` (RFC 9110, 12.5.1).
enum MessagesFormat: String, CaseIterable, Sendable {
  /// The envelope, with the messages as a list.
  case json = "application/json"
  /// One JSON object per line and nothing around them.
  case ndjson = "application/x-ndjson"
  /// Server-sent events, which follow the log and have no end: see `LiveFeed`.
  case events = "text/event-stream"

  /// The one that is named with the highest weight, of several the first. Wildcards name none: without a name it is JSON,
  /// as before there was a choice.
  init(accept: String?) {
    self = .json
    guard let accept else { return }
    var best = 0.0
    for range in accept.split(separator: ",") {
      let parts = range.split(separator: ";").map { $0.trimmed.lowercased() }
      guard let name = parts.first, let format = Self(rawValue: name) else { continue }
      let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
      guard weight > best else { continue }
      best = weight
      self = format
    }
  }

  /// What the answer says of its form.
  var contentType: Header { Header(name: "Content-Type", value: rawValue) }

  /// The text before the first message, with its bracket where there is one.
  var begin: StaticString {
    self == .json ? #"{"status_code":200,"message":"Messages fetched successfully","data":["# : ""
  }

  /// The text after the last message.
  var end: StaticString { self == .json ? "]}" : "" }

  /// How each message begins: up to its text.
  /// - Parameter isFirst: of the answer.
  func opening(isFirst: Bool) -> StaticString { self == .json && !isFirst ? #",{"text":"# : #"{"text":"# }

  /// How each message ends.
  var closing: StaticString { self == .ndjson ? "}\n" : "}" }

  /// All that lies between the texts of two messages of which nothing else is told, with the quotation marks of both.
  var between: StaticString { self == .ndjson ? "\"}\n{\"text\":\"" : "\"},{\"text\":\"" }
}

extension Substring {
  /// Without the white space that a list may have around its elements (RFC 9110, 5.6.3).
  var trimmed: Substring {
    var rest = self
    while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
    while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
    return rest
  }
}
