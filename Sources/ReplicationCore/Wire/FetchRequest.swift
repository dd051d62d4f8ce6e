/// What a starting master, or `replog recover`, asks another node: what do you hold, and give me some of it.
///
/// The dense form of `POST /fetch`, all numbers little-endian:
///
///     0      4         8          16        24      32          40
///     ┌──────┬─────────┬──────────┬─────────┬───────┬───────────┐
///     │ RLFQ │ version │ log high │ log low │ after │ bytes max │
///     │      │ u32 = 1 │ u64      │ u64     │ u64   │ u64       │
///     └──────┴─────────┴──────────┴─────────┴───────┴───────────┘
public struct FetchRequest: Sendable, Hashable {
  /// Which log the asking node holds; `LogID.none` when it has none. A node that holds another one answers all the same
  /// and names its own.
  public let log: LogID
  /// Which point is wanted; the entries come after it.
  public let after: Offset
  /// How many bytes of entries the answer may bring, one entry always being allowed; 0 asks for none.
  public let bytesMax: UInt64

  /// The content type of the dense form, of requests and of their answers.
  public static let contentType = "application/vnd.replog.fetch.v1"
  /// The number of bytes of every request.
  public static let encodedBytes = 40
  private static let magic = Array("RLFQ".utf8)
  private static let version: UInt32 = 1

  /// - Parameters:
  ///   - log: the asking node's.
  ///   - after: which point is wanted.
  ///   - bytesMax: how many bytes of entries the answer may bring; 0 for none.
  public init(log: LogID, after: Offset, bytesMax: UInt64) {
    self.log = log
    self.after = after
    self.bytesMax = bytesMax
  }

  /// The request in its dense form.
  public func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.encodedBytes)
    bytes.append(head: Self.magic, version: Self.version)
    bytes.append(log)
    bytes.append(littleEndian: after.rawValue)
    bytes.append(littleEndian: bytesMax)
    return bytes
  }

  /// - Parameter bytes: the whole body.
  /// - Throws: `WireError`.
  public init(decoding bytes: [UInt8]) throws(WireError) {
    self = try bytes.reading { (reader) throws(WireError) -> FetchRequest in
      try reader.readHead(Self.magic, version: Self.version)
      let request = FetchRequest(
        log: try reader.readLogID(), after: try reader.readOffset(), bytesMax: try reader.read(UInt64.self))
      guard reader.remaining == 0 else { throw .truncated }
      return request
    }
  }
}
