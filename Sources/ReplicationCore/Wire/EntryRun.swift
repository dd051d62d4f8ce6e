/// Consecutive entries of the log in their encoded form: what a batch carries and what a log takes in.
///
/// Invariant: the bytes are whole entries with the offsets `first`, `first` + 1, …, `last`.
public struct EntryRun: Sendable, Hashable {
  /// The offset of the first entry.
  public let first: Offset
  /// The offset of the last entry; `first.previous` when the run is empty.
  public let last: Offset
  /// The entries as they lie in the log.
  public let bytes: SharedBytes

  /// A run whose bytes come from a log and are known to be whole.
  ///
  /// - Parameters:
  ///   - first: the first entry's offset, at least 1.
  ///   - last: the last entry's offset, `first.previous` for an empty run.
  ///   - bytes: the entries of these offsets, one after the other.
  public init(first: Offset, last: Offset, bytes: SharedBytes) {
    self.first = first
    self.last = last
    self.bytes = bytes
  }

  /// The same for bytes in an array.
  public init(first: Offset, last: Offset, bytes: [UInt8]) {
    self.init(first: first, last: last, bytes: SharedBytes(bytes))
  }

  /// A run without an entry.
  /// - Parameter offset: the offset after which entries would come.
  public static func empty(after offset: Offset) -> EntryRun {
    EntryRun(first: offset.next, last: offset, bytes: [UInt8]())
  }

  /// A run of one entry.
  /// - Parameter previous: the point of the entry before.
  public init(_ entry: Entry, after previous: LogPoint) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(entry.encodedBytes)
    entry.encode(into: &bytes, after: previous)
    self.init(first: entry.offset, last: entry.offset, bytes: bytes)
  }

  /// Checks bytes that another node sent or that lay on a disk: every checksum, the order, and that they continue a
  /// history.
  ///
  /// - Parameters:
  ///   - bytes: whole entries and nothing else.
  ///   - previous: the point that the first entry must continue.
  ///   - epochMax: no entry may be of a later epoch.
  /// - Throws: `WireError` at the first thing that is not as it must be.
  public init(checking bytes: SharedBytes, after previous: LogPoint, epochMax: Epoch) throws(WireError) {
    let last = try bytes.withUnsafeBytes { (raw) throws(WireError) -> LogPoint in
      var reader = ByteReader(raw)
      var last = previous
      while reader.remaining > 0 {
        let entry = try reader.readEntry()
        try entry.check(after: last)
        guard entry.epoch <= epochMax else { throw .invalid("entry \(entry.offset) is of epoch \(entry.epoch)") }
        last = entry.point
      }
      return last
    }
    self.init(first: previous.offset.next, last: last.offset, bytes: bytes)
  }

  /// Whether there is no entry in it.
  public var isEmpty: Bool { last < first }

  /// How many entries there are in it.
  public var count: UInt64 { isEmpty ? 0 : last.rawValue - first.rawValue + 1 }

  /// Calls `body` for each entry, in order.
  @inlinable
  public func forEach(_ body: (EntryView) -> Void) {
    bytes.withUnsafeBytes { raw in
      var rest = raw
      while !rest.isEmpty {
        guard let entry = try? EntryView(startOf: rest) else {
          preconditionFailure("a run of broken entries: \(first)…\(last)")
        }
        body(entry)
        rest = rest.dropping(entry.encodedBytes)
      }
    }
  }

  /// The point of the entry at `offset`; nil outside the run.
  public func point(at offset: Offset) -> LogPoint? {
    guard offset >= first, offset <= last else { return nil }
    var point: LogPoint?
    forEach { if $0.offset == offset { point = $0.point } }
    return point
  }

  /// The entries after `offset`.
  public func after(_ offset: Offset) -> EntryRun {
    if offset < first { return self }
    if offset >= last { return .empty(after: offset) }
    var skipped = 0
    forEach { if $0.offset <= offset { skipped += $0.encodedBytes } }
    return EntryRun(first: offset.next, last: last, bytes: bytes[skipped...])
  }
}

extension ByteReader {
  mutating func readEntry() throws(WireError) -> EntryView {
    let entry = try EntryView(startOf: UnsafeRawBufferPointer(rebasing: bytes[position...]))
    _ = try read(count: entry.encodedBytes)
    return entry
  }
}
