/// An HTTP/1.1 request or answer as it came over a socket: its head in lines, its body whole.
struct HTTPMessage: Sendable {
  /// Such as `HTTP/1.1 200 OK` or `POST /replicate HTTP/1.1`.
  let firstLine: String
  /// Names in lower case.
  let fields: [(name: String, value: String)]
  var body: [UInt8] = []

  /// Of an answer; 0 where there is none.
  var status: Int { Int(firstLine.dropFirst(9).prefix(3)) ?? 0 }

  /// The body as text.
  var text: String { String(decoding: body, as: UTF8.self) }

  func field(_ name: String) -> String? {
    fields.first { $0.name == name }?.value
  }

  /// The message as it is passed on: with a `Content-Length`, whichever way its body came.
  var encoded: [UInt8] {
    var lines = [firstLine]
    for field in fields where field.name != "transfer-encoding" && field.name != "content-length" {
      lines.append("\(field.name): \(field.value)")
    }
    lines.append("content-length: \(body.count)")
    return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
  }

  /// - Parameter head: the bytes before the empty line.
  init(head: some Collection<UInt8>) {
    let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
    firstLine = lines.first.map(String.init) ?? ""
    fields = lines.dropFirst().map { line in
      let parts = line.split(separator: ":", maxSplits: 1)
      return (parts[0].lowercased(), parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
    }
  }
}

/// Cuts bytes into HTTP messages as they come. Knows `Content-Length` and chunks, as much as a test needs.
struct HTTPReader {
  private var buffer: [UInt8] = []
  /// How many bytes of `buffer` were searched for the end of the head.
  private var searched = 0
  private var message: HTTPMessage?
  private static let lineEnd: [UInt8] = [13, 10]

  mutating func append(_ bytes: [UInt8]) {
    if buffer.isEmpty { buffer = bytes } else { buffer += bytes }
  }

  /// What was read and belongs to no whole message.
  var rest: [UInt8] { buffer }

  /// The next whole message; nil while some of it is missing.
  /// - Parameter hasBody: false for the answer to `HEAD`.
  mutating func next(hasBody: Bool = true) -> HTTPMessage? {
    guard var message = message ?? takeHead() else { return nil }
    if !hasBody || (100..<200).contains(message.status) && message.firstLine.hasPrefix("HTTP") {
      self.message = nil
      return message
    }
    self.message = message
    if message.field("transfer-encoding") == "chunked" {
      guard let body = takeChunks() else { return nil }
      message.body = body
    } else {
      let size = message.field("content-length").flatMap { Int($0) } ?? 0
      guard buffer.count >= size else { return nil }
      message.body = Array(buffer[..<size])
      drop(size)
    }
    self.message = nil
    return message
  }

  private mutating func takeHead() -> HTTPMessage? {
    let start = max(0, searched - 3)
    guard let end = buffer[start...].firstRange(of: Self.lineEnd + Self.lineEnd) else {
      searched = buffer.count
      return nil
    }
    let message = HTTPMessage(head: buffer[..<end.lowerBound])
    drop(end.upperBound)
    return message
  }

  private mutating func takeChunks() -> [UInt8]? {
    // The whole body is there when its last chunk is: cheap to ask at the end of the bytes.
    guard buffer.suffix(5).elementsEqual(Array("0\r\n\r\n".utf8)) else { return nil }
    var body: [UInt8] = []
    var position = 0
    while let line = buffer[position...].firstRange(of: Self.lineEnd),
      let size = Int(String(decoding: buffer[position..<line.lowerBound], as: UTF8.self), radix: 16),
      line.upperBound + size + 2 <= buffer.count
    {
      body += buffer[line.upperBound..<line.upperBound + size]
      position = line.upperBound + size + 2
      guard size > 0 else {
        drop(position)
        return body
      }
    }
    return nil
  }

  private mutating func drop(_ count: Int) {
    buffer.removeFirst(count)
    searched = 0
  }
}
