import HTTPClient
import JSON

extension RemoteLog {
  /// Reads a page.
  /// - Parameters:
  ///   - from: the first offset, 1 or more.
  ///   - limit: how many messages at most, 1 to 10,000.
  ///   - wait: how long the node holds an empty page until something comes, up to a minute; in whole seconds.
  ///   - level: how certain it must be.
  /// - Returns: what there is; no messages where there is nothing from there on.
  /// - Throws: ``RemoteError``
  public func page(
    from: UInt64, limit: Int = 1000, wait: Duration = .zero, level: ReadLevel = .local
  ) async throws(RemoteError) -> Page {
    var path = "/messages?from=\(from)&limit=\(limit)&view=full"
    if wait > .zero { path += "&wait=\(wait.components.seconds)" }
    if level != .local { path += "&level=\(level.rawValue)" }
    let request = Request(
      url: Self.joined(url, path), headers: ["Accept": "application/x-ndjson"],
      timeout: wait + Self.pageTimeout, connectTimeout: Self.connectTimeout, responseBytesMax: Self.answerBytesMax,
      responseHeaderNames: ["Log-Next-Offset", "Log-Last-Offset"])
    let response = try await send(request, to: url)
    guard response.status == 200 else { throw RemoteError(Answer(response), from: url) }
    guard let next = response.headers["Log-Next-Offset"].flatMap({ UInt64($0) }),
      let last = response.headers["Log-Last-Offset"].flatMap({ UInt64($0) }),
      let messages = Self.messages(response.body)
    else { throw .noNode(url: url) }
    return Page(messages: messages, next: next, last: last)
  }

  /// - Parameter lines: NDJSON.
  /// - Returns: nil where a line is no message.
  private static func messages(_ lines: [UInt8]) -> [Page.Message]? {
    var messages: [Page.Message] = []
    for line in lines.split(separator: UInt8(ascii: "\n")) {
      guard let message = Page.Message(Array(line)) else { return nil }
      messages.append(message)
    }
    return messages
  }

  /// How long a page may take beyond its wait.
  private static let pageTimeout = Duration.seconds(10)
}

extension Page.Message {
  /// - Parameter line: of NDJSON; nil where it is not a message.
  init?(_ line: [UInt8]) {
    let fields = try? JSONReader.read(line) { (reader) throws(JSONError) in
      try reader.fields(["text", "offset", "epoch", "time"])
    }
    guard let fields, case .string(let text) = fields["text"], case .number(let offset?) = fields["offset"], offset > 0,
      case .number(let epoch?) = fields["epoch"], epoch >= 0
    else { return nil }
    self.text = text
    self.offset = UInt64(offset)
    self.epoch = UInt64(epoch)
    if case .string(let time) = fields["time"] { self.time = String(decoding: time, as: UTF8.self) } else { time = nil }
  }
}
