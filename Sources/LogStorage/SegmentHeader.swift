internal import ReplicationCore

/// What stands at the beginning of a segment file; written once, before the first entry, and never again.
struct SegmentHeader: Hashable, Sendable {
  /// The log that the entries belong to.
  let log: LogID
  /// The point before the first entry.
  let base: LogPoint

  /// The offset of the first entry.
  var first: Offset { base.offset.next }

  /// The size of the header; the first entry begins after it.
  static let bytes = Block.bytes
  private static let magic: StaticString = "rlog-seg"
  private static let version: UInt32 = 1

  /// - Parameters:
  ///   - log: the log's id.
  ///   - base: the point before the first entry.
  init(log: LogID, base: LogPoint) {
    self.log = log
    self.base = base
  }

  /// Takes a header apart.
  /// - Parameter block: the file's first `bytes` bytes, or fewer if it has no more.
  init(decoding block: [UInt8]) throws(FormatError) {
    let fields = try Block.decode(block, magic: Self.magic, version: Self.version, count: 5)
    self.init(log: LogID(high: fields[0], low: fields[1]), base: fields.point(at: 2))
    guard base.offset.rawValue < UInt64.max >> 1 else { throw .invalid("it begins at an offset that no log reaches") }
  }

  /// The header's bytes.
  func encoded() -> [UInt8] {
    Block.encode(magic: Self.magic, version: Self.version, fields: [log.high, log.low] + base.fields)
  }

  /// The name of the segment that begins with this entry: 20 digits, so that names sort as offsets do.
  static func name(first: Offset) -> String {
    let digits = String(first.rawValue)
    return String(repeating: "0", count: 20 - digits.count) + digits + ".log"
  }

  /// The offset in a segment's name; nil if it is not the name of one.
  static func first(ofName name: String) -> Offset? {
    guard name.utf8.count == 24, name.hasSuffix(".log") else { return nil }
    let digits = name.dropLast(4)
    guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let first = UInt64(digits), first > 0 else {
      return nil
    }
    return Offset(first)
  }
}
