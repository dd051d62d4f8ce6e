/// Cuts a text into lines and the lines into batches, always at the same places, so that a batch of the same text is the same
/// request whenever it is sent.
///
/// A line ends with a line feed, the last one also without; everything else belongs to it, and an empty line is an empty
/// message.
public struct LineBatches: Sendable {
  /// Lines that go together.
  public struct Batch: Sendable, Hashable {
    /// From 1.
    public let number: Int
    /// The numbers of its lines in the text, from 1.
    public let lines: ClosedRange<Int>
    /// Their UTF-8 bytes.
    public let texts: [[UInt8]]
  }

  /// What is wrong with a line.
  public enum LineError: Error, Sendable, Hashable, CustomStringConvertible {
    case tooLong(line: Int, bytesMax: Int)
    case notUTF8(line: Int)

    /// For the end of an error's line.
    public var description: String {
      switch self {
      case .tooLong(let line, let bytesMax):
        "line \(line) is longer than \(bytesMax) bytes, which is the longest message"
      case .notUTF8(let line): "line \(line) is not UTF-8"
      }
    }
  }

  /// As many lines as one request may bring.
  public static let linesMaxLimit = 10_000
  /// A batch has no more bytes, unless a single line has.
  public static let bytesMax = 1 << 20
  /// The longest line, in bytes.
  public static let lineBytesMax = 16 << 20

  private let linesMax: Int
  private var ready: [Batch] = []
  private var nextReady = 0
  private var texts: [[UInt8]] = []
  private var bytes = 0
  private var partial: [UInt8] = []
  private var batches = 0
  private var lines = 0

  /// - Parameter linesMax: how many lines a batch has at most, 1 to ``linesMaxLimit``.
  public init(linesMax: Int) {
    precondition((1...Self.linesMaxLimit).contains(linesMax), "linesMax is \(linesMax)")
    self.linesMax = linesMax
  }

  /// Takes the next bytes of the text.
  /// - Throws: at the first line that is no message. The batches before it can still be taken.
  public mutating func append(_ piece: ArraySlice<UInt8>) throws(LineError) {
    var rest = piece
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      try extend(rest[..<end])
      try endLine()
      rest = rest[(end + 1)...]
    }
    try extend(rest)
  }

  /// The text has ended.
  /// - Throws: as ``append(_:)``.
  public mutating func finish() throws(LineError) {
    if !partial.isEmpty { try endLine() }
    close()
  }

  /// The next batch that is complete; nil if there is none yet.
  public mutating func next() -> Batch? {
    guard nextReady < ready.count else {
      ready = []
      nextReady = 0
      return nil
    }
    nextReady += 1
    return ready[nextReady - 1]
  }

  private mutating func extend(_ bytes: ArraySlice<UInt8>) throws(LineError) {
    guard partial.count + bytes.count <= Self.lineBytesMax else {
      throw .tooLong(line: lines + 1, bytesMax: Self.lineBytesMax)
    }
    partial += bytes
  }

  private mutating func endLine() throws(LineError) {
    guard (try? UTF8Span(validating: partial.span)) != nil else { throw .notUTF8(line: lines + 1) }
    if bytes + partial.count > Self.bytesMax { close() }
    lines += 1
    bytes += partial.count
    texts.append(partial)
    partial = []
    if texts.count == linesMax { close() }
  }

  private mutating func close() {
    guard !texts.isEmpty else { return }
    batches += 1
    ready.append(Batch(number: batches, lines: (lines - texts.count + 1)...lines, texts: texts))
    texts = []
    bytes = 0
  }
}
