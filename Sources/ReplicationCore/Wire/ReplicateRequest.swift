/// What a master sends a follower: entries in their order, or none at all (a heartbeat, a handshake, a probe).
///
/// The dense form of `POST /replicate`, all numbers little-endian:
///
///     0      4         8       16        24    32    40        48      56      64
///     ┌──────┬─────────┬───────┬─────────┬─────┬─────┬─────────┬───────┬───────┬──────
///     │ RLRQ │ version │ epoch │ startID │ log │ log │ previous│ its   │ its   │
///     │      │ u32 = 2 │ u64   │ u64     │ high│ low │ offset  │ epoch │ hash  │
///     └──────┴─────────┴───────┴─────────┴─────┴─────┴─────────┴───────┴───────┴──────
///
///     64       72      80     82
///     ┬────────┬───────┬──────┬─────────────┬─────────┐
///     │ commit │ count │ URL  │ master's    │ entries │
///     │ offset │ u64   │ size │ URL (UTF-8) │         │
///     │ u64    │       │ u16  │             │         │
///     ┴────────┴───────┴──────┴─────────────┴─────────┘
///
/// Invariant: the entries continue the history of `previous`: each checksum and the running hash were checked.
public struct ReplicateRequest: Sendable, Hashable {
  /// Who sends it. Epoch 0 only asks who the follower is: nothing is promised, nothing changes.
  public let mastership: Mastership
  /// Which log the master holds.
  public let log: LogID
  /// The point of the entry before the first one. In a heartbeat, a point that the master wants to know the follower to
  /// have.
  public let previous: LogPoint
  /// The commit offset as the master knows it, never above what it knows this follower to hold.
  public let commit: Offset
  /// Where clients reach the master.
  public let masterURL: String
  /// The entries after `previous`; empty in a heartbeat.
  public let entries: EntryRun

  /// The content type of the dense form, of requests and of their answers.
  public static let contentType = "application/vnd.replog.replicate.v2"
  private static let magic = Array("RLRQ".utf8)
  private static let version: UInt32 = 2
  /// The bytes before the master's URL.
  private static let headerBytes = 82

  /// - Parameters:
  ///   - mastership: the sender's.
  ///   - log: the master's log; only with epoch 0 may it be `LogID.none`.
  ///   - previous: a point of that log.
  ///   - commit: the commit offset as the master knows it, at most what this follower is known to hold.
  ///   - masterURL: at most 65,535 bytes.
  ///   - entries: continue `previous`, or are empty.
  public init(
    mastership: Mastership, log: LogID, previous: LogPoint, commit: Offset, masterURL: String, entries: EntryRun
  ) {
    precondition(entries.first == previous.offset.next, "entries from \(entries.first) after \(previous)")
    self.mastership = mastership
    self.log = log
    self.previous = previous
    self.commit = commit
    self.masterURL = masterURL
    self.entries = entries
  }

  /// The request in its dense form.
  public func encoded() -> [UInt8] {
    var bytes = encodedHead(room: entries.bytes.count)
    bytes.append(contentsOf: entries.bytes)
    return bytes
  }

  /// What the dense form begins with: `entries.bytes` follow it.
  /// - Parameter room: how many bytes can be appended without a copy of these.
  public func encodedHead(room: Int = 0) -> [UInt8] {
    let url = Array(masterURL.utf8)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.headerBytes + url.count + room)
    bytes.append(head: Self.magic, version: Self.version)
    bytes.append(mastership)
    bytes.append(log)
    bytes.append(previous)
    bytes.append(littleEndian: commit.rawValue)
    bytes.append(littleEndian: entries.count)
    bytes.append(littleEndian: UInt16(url.count))
    bytes += url
    return bytes
  }

  /// Reads and checks a request. Its entries lie where they are: in `bytes`.
  ///
  /// - Parameter bytes: the whole body.
  /// - Throws: `WireError`, also when an entry is not as it was written, or not where the header says.
  public init(decoding bytes: [UInt8]) throws(WireError) {
    var begin = 0
    var count: UInt64 = 0
    (mastership, log, previous, commit, masterURL) = try bytes.reading { (reader) throws(WireError) in
      try reader.readHead(Self.magic, version: Self.version)
      let mastership = try reader.readMastership()
      let log = try reader.readLogID()
      let previous = try reader.readPoint(of: log)
      let commit = try reader.readOffset()
      count = try reader.read(UInt64.self)
      let url = try reader.read(count: Int(try reader.read(UInt16.self)))
      begin = reader.position
      guard let masterURL = String(validating: url, as: UTF8.self) else { throw .invalid("the URL is not UTF-8") }
      return (mastership, log, previous, commit, masterURL)
    }
    guard previous.epoch <= mastership.epoch else { throw .invalid("the entry before is of epoch \(previous.epoch)") }
    guard log != .none || mastership.epoch == .none else { throw .invalid("a master without a log") }
    guard mastership.epoch > .none || count == 0 else { throw .invalid("entries of no master") }
    entries = try EntryRun(checking: SharedBytes(bytes)[begin...], after: previous, epochMax: mastership.epoch)
    guard entries.count == count else { throw .invalid("\(entries.count) entries instead of \(count)") }
  }
}
