/// What a master sends a follower: entries in their order, or none at all (a heartbeat, a handshake).
///
/// The dense form of `POST /replicate`, all numbers little-endian:
///
///     0       4         8       16        24         32         40       48      56        58
///     ┌───────┬─────────┬───────┬─────────┬──────────┬──────────┬────────┬───────┬─────────┬─────────────┬─────────┐
///     │ RLRQ  │ version │ epoch │ startID │ previous │ its      │ commit │ count │ URL     │ master's    │ entries │
///     │       │ u32     │ u64   │ u64     │ offset   │ epoch    │ offset │ u64   │ size u16│ URL (UTF-8) │         │
///     └───────┴─────────┴───────┴─────────┴──────────┴──────────┴────────┴───────┴─────────┴─────────────┴─────────┘
public struct ReplicateRequest: Sendable, Hashable {
  /// Who sends it. Epoch 0 only asks who the follower is: nothing is promised, nothing changes.
  public let mastership: Mastership
  /// The offset before the first entry.
  public let previousOffset: Offset
  /// The epoch of the entry at `previousOffset`; `Epoch.none` at zero.
  public let previousEpoch: Epoch
  /// The commit offset as the master knows it.
  public let commit: Offset
  /// Where clients reach the master.
  public let masterURL: String
  /// The entries after `previousOffset`; empty in a heartbeat.
  public let entries: EntryRun

  /// The content type of the dense form.
  public static let contentType = "application/vnd.replog.replicate.v1"
  private static let magic = Array("RLRQ".utf8)
  private static let version: UInt32 = 1

  /// - Parameters:
  ///   - mastership: the sender's.
  ///   - previousOffset: the offset before the first entry.
  ///   - previousEpoch: that entry's epoch.
  ///   - commit: the commit offset as the master knows it.
  ///   - masterURL: at most 65,535 bytes.
  ///   - entries: begin at `previousOffset.next`, or are empty.
  public init(
    mastership: Mastership, previousOffset: Offset, previousEpoch: Epoch, commit: Offset, masterURL: String,
    entries: EntryRun
  ) {
    self.mastership = mastership
    self.previousOffset = previousOffset
    self.previousEpoch = previousEpoch
    self.commit = commit
    self.masterURL = masterURL
    self.entries = entries
  }

  /// The request in its dense form.
  public func encoded() -> [UInt8] {
    let url = Array(masterURL.utf8)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(58 + url.count + entries.bytes.count)
    bytes += Self.magic
    bytes.append(littleEndian: Self.version)
    bytes.append(littleEndian: mastership.epoch.rawValue)
    bytes.append(littleEndian: mastership.startID)
    bytes.append(littleEndian: previousOffset.rawValue)
    bytes.append(littleEndian: previousEpoch.rawValue)
    bytes.append(littleEndian: commit.rawValue)
    bytes.append(littleEndian: entries.count)
    bytes.append(littleEndian: UInt16(url.count))
    bytes += url
    bytes += entries.bytes
    return bytes
  }

  /// Reads and checks a request.
  ///
  /// - Parameter bytes: the whole body.
  /// - Throws: `WireError`, also when an entry is not where the header says.
  public init(decoding bytes: [UInt8]) throws(WireError) {
    var header = 0
    var count: UInt64 = 0
    (mastership, previousOffset, previousEpoch, commit, masterURL) =
      try bytes.reading { (reader) throws(WireError) in
        guard try Array(reader.read(count: 4)) == Self.magic else { throw .notThisFormat }
        let version = try reader.read(UInt32.self)
        guard version == Self.version else { throw .unknownVersion(UInt16(truncatingIfNeeded: version)) }
        let mastership = Mastership(
          epoch: Epoch(try reader.read(UInt64.self)), startID: try reader.read(UInt64.self))
        let previousOffset = Offset(try reader.read(UInt64.self))
        let previousEpoch = Epoch(try reader.read(UInt64.self))
        let commit = Offset(try reader.read(UInt64.self))
        count = try reader.read(UInt64.self)
        let url = try reader.read(count: Int(try reader.read(UInt16.self)))
        header = reader.position
        return (mastership, previousOffset, previousEpoch, commit, String(decoding: url, as: UTF8.self))
      }
    // Offsets near the end of their range would overflow in "last + 1"; no log ever holds them.
    guard previousOffset.rawValue < UInt64.max >> 1 else { throw .invalid("previous offset \(previousOffset)") }
    guard commit.rawValue < UInt64.max >> 1 else { throw .invalid("commit offset \(commit)") }
    guard previousEpoch <= mastership.epoch else { throw .invalid("previous epoch \(previousEpoch)") }
    entries = try EntryRun(
      checking: Array(bytes[header...]), first: previousOffset.next, epochMax: mastership.epoch)
    guard entries.count == count else { throw .invalid("\(entries.count) entries instead of \(count)") }
  }
}
