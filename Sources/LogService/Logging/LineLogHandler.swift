import Glibc
import JSON
public import Logging

/// One event, one line: `2026-11-23T10:15:30.123Z master info batch acknowledged follower=http://… first=1 last=3`.
///
/// Time (UTC), node and level have fixed places and the message is static, so that three nodes' lines read well when they
/// are interleaved, and a search finds all of a kind.
public struct LineLogHandler: LogHandler {
  /// Lines below this level are not written.
  public var logLevel: Logger.Level
  /// Facts that every line carries.
  public var metadata: Logger.Metadata = [:]
  private let node: String
  private let writer: LogWriter

  /// - Parameters:
  ///   - node: the node's name in every line.
  ///   - logLevel: the lowest level that is written.
  ///   - writer: where lines go.
  public init(node: String, logLevel: Logger.Level, writer: LogWriter) {
    self.node = node
    self.logLevel = logLevel
    self.writer = writer
  }

  /// A fact that every line carries.
  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Writes one line.
  public func log(event: LogEvent) {
    var line = Self.timestamp()
    line += " \(node) \(event.level.rawValue) \(event.message)"
    let facts = event.metadata.map { metadata.merging($0) { $1 } } ?? metadata
    for (key, value) in facts.sorted(by: { Self.place($0.key) < Self.place($1.key) }) {
      line += " \(key)=\(Self.quoted("\(value)"))"
    }
    line += "\n"
    writer.write(Array(line.utf8))
  }

  /// The facts that people look for first stand first, in the same order on every line; the others follow by name.
  private static let firstKeys = ["follower", "url", "offset", "w", "first", "last", "match", "attempt", "from", "to"]

  private static func place(_ key: String) -> (Int, String) {
    (firstKeys.firstIndex(of: key) ?? firstKeys.count, key)
  }

  /// As it is if it is one plain word, else in quotes, with line breaks and quotes escaped: a line stays a line.
  private static func quoted(_ value: String) -> String {
    let isPlain = !value.isEmpty && value.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") }
    if isPlain { return value }
    var bytes: [UInt8] = []
    bytes.appendJSONString(value.utf8)
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func timestamp() -> String {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    var parts = tm()
    gmtime_r(&now.tv_sec, &parts)
    func digits(_ value: some BinaryInteger, _ count: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, count - text.count)) + text
    }
    return "\(parts.tm_year + 1900)-\(digits(parts.tm_mon + 1, 2))-\(digits(parts.tm_mday, 2))T"
      + "\(digits(parts.tm_hour, 2)):\(digits(parts.tm_min, 2)):\(digits(parts.tm_sec, 2))."
      + "\(digits(now.tv_nsec / 1_000_000, 3))Z"
  }
}
