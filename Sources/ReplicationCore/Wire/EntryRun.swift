/// Consecutive entries of the log in their encoded form: what a batch carries and what a log takes in.
///
/// Invariant: the bytes are whole entries with the offsets `first`, `first` + 1, …, `last`.
public struct EntryRun: Sendable, Hashable {
  /// The offset of the first entry.
  public let first: Offset
  /// The offset of the last entry; `first.previous` when the run is empty.
  public let last: Offset
  /// The entries as they lie in the log.
  public let bytes: [UInt8]

  /// A run whose bytes come from a log and are known to be whole.
  ///
  /// - Parameters:
  ///   - first: the first entry's offset, at least 1.
  ///   - last: the last entry's offset, `first.previous` for an empty run.
  ///   - bytes: the entries of these offsets, one after the other.
  public init(first: Offset, last: Offset, bytes: [UInt8]) {
    self.first = first
    self.last = last
    self.bytes = bytes
  }

  /// A run of one entry.
  public init(_ entry: Entry) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Entry.headerBytes + entry.payload.count)
    entry.encode(into: &bytes)
    self.init(first: entry.offset, last: entry.offset, bytes: bytes)
  }

  /// Checks bytes that another node sent.
  ///
  /// - Parameters:
  ///   - bytes: whole entries and nothing else.
  ///   - first: the offset that the first entry must have.
  ///   - epochMax: no entry may be of a later epoch.
  /// - Throws: `WireError` at the first thing that is not as it must be.
  public init(checking bytes: [UInt8], first: Offset, epochMax: Epoch) throws(WireError) {
    let last = try bytes.reading { (reader) throws(WireError) -> Offset in
      var last = first.previous
      var epoch = Epoch.none
      while reader.remaining > 0 {
        let entry = try EntryView(from: &reader)
        guard entry.offset == last.next else { throw .invalid("entry \(entry.offset) follows entry \(last)") }
        guard entry.epoch >= epoch, entry.epoch <= epochMax else {
          throw .invalid("entry \(entry.offset) is of epoch \(entry.epoch)")
        }
        last = entry.offset
        epoch = entry.epoch
      }
      return last
    }
    self.init(first: first, last: last, bytes: bytes)
  }

  /// Whether there is no entry in it.
  public var isEmpty: Bool { last < first }

  /// How many entries there are in it.
  public var count: UInt64 { isEmpty ? 0 : last.rawValue - first.rawValue + 1 }

  /// Calls `body` for each entry, in order.
  public func forEach(_ body: (EntryView) -> Void) {
    bytes.withUnsafeBytes { raw in
      var reader = ByteReader(raw)
      while reader.remaining > 0 {
        guard let entry = try? EntryView(from: &reader) else {
          preconditionFailure("a run of broken entries: \(first)…\(last)")
        }
        body(entry)
      }
    }
  }

  /// The epoch of the entry at `offset`; nil outside the run.
  public func epoch(at offset: Offset) -> Epoch? {
    var epoch: Epoch?
    forEach { if $0.offset == offset { epoch = $0.epoch } }
    return epoch
  }

  /// The entries after `offset`.
  public func after(_ offset: Offset) -> EntryRun {
    if offset < first { return self }
    if offset >= last { return EntryRun(first: offset.next, last: offset, bytes: []) }
    var skipped = 0
    forEach { if $0.offset <= offset { skipped += Entry.headerBytes + $0.payload.count } }
    return EntryRun(first: offset.next, last: last, bytes: Array(bytes[skipped...]))
  }
}
