internal import ReplicationCore

/// The first block of the file `keys`: of which log and up to where, and what follows.
struct KeysHeader: Hashable {
  private static let magic: StaticString = "rlog-key"
  private static let version: UInt32 = 1
  /// Far above any index there will be: sizes can be reckoned with.
  private static let wordsMax = 1 << 40

  let log: LogID
  /// The last entry whose key is in it.
  let point: LogPoint
  let recentMax: Int
  let filterBytes: Int
  /// How many keys follow, each as hash and offset.
  let count: Int
  /// How many words of the filter follow.
  let filterWords: Int
  /// The hash of all that follows: that of each piece, seeded with that of the one before.
  let bodyHash: UInt64

  /// What follows, in words of 8 bytes.
  var wordCount: Int { 2 * count + filterWords }

  /// The size of the file.
  var fileBytes: Int { Block.bytes + 8 * wordCount }

  init(_ keys: LogKeys, log: LogID, bodyHash: UInt64) {
    self.log = log
    point = keys.point
    recentMax = keys.index.recentMax
    filterBytes = keys.index.filterBytes
    count = keys.index.count
    filterWords = keys.index.wordCount - 2 * keys.index.count
    self.bodyHash = bodyHash
  }

  /// - Throws: `FormatError`.
  init(decoding block: [UInt8]) throws(FormatError) {
    let fields = try Block.decode(block, magic: Self.magic, version: Self.version, count: 10)
    guard fields[5...8].allSatisfy({ $0 <= UInt64(Self.wordsMax) }) else {
      throw .invalid("its sizes can't be")
    }
    log = LogID(high: fields[0], low: fields[1])
    point = fields.point(at: 2)
    recentMax = Int(fields[5])
    filterBytes = Int(fields[6])
    count = Int(fields[7])
    filterWords = Int(fields[8])
    bodyHash = fields[9]
  }

  func encoded() -> [UInt8] {
    Block.encode(
      magic: Self.magic, version: Self.version,
      fields: [log.high, log.low] + point.fields
        + [UInt64(recentMax), UInt64(filterBytes), UInt64(count), UInt64(filterWords), bodyHash])
  }
}
