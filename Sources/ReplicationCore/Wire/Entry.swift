/// One entry of the log with its place in the order. An entry never changes.
///
/// As bytes, all numbers little-endian:
///
///     0          8         16      20     21        22       24       32      40      48
///     ┌──────────┬─────────┬───────┬──────┬─────────┬────────┬────────┬───────┬───────┬────────┬─────────┐
///     │ checksum │ prefix  │ size  │ kind │ version │ fields │ offset │ epoch │ time  │ fields │ payload │
///     │ u64      │ hash u64│ u32   │ u8   │ u8      │ size   │ u64    │ u64   │ ms u64│        │         │
///     │          │         │       │      │         │ u16    │        │       │       │        │         │
///     └──────────┴─────────┴───────┴──────┴─────────┴────────┴────────┴───────┴───────┴────────┴─────────┘
///
/// The digest is XXH64 of all from byte 16 on. The prefix hash is the digest mixed with the prefix hash of the entry
/// before; the checksum is both of them mixed. So the bytes are hashed once, an entry can be checked alone, and a
/// sequence of entries can be checked to be one.
///
/// The log keeps entries in this form and they travel in it: encoded and checksummed once in their life.
public struct Entry: Sendable {
  /// What an entry is.
  public struct Kind: RawRepresentable, Hashable, Sendable {
    /// The byte that stands for it.
    public let rawValue: UInt8

    /// - Parameter rawValue: a kind that this program doesn't know is kept and replicated, and not shown.
    @inlinable
    public init(rawValue: UInt8) {
      self.rawValue = rawValue
    }

    /// A message of a client.
    @inlinable public static var message: Kind { Kind(rawValue: 0) }
    /// The word that no message with its key will ever come. It has no payload and is never shown.
    public static var seal: Kind { Kind(rawValue: 1) }
  }

  /// What it is.
  public let kind: Kind
  /// The position in the log, from 1.
  public let offset: Offset
  /// The epoch of the master that appended it; `Epoch.none` when a person put it on a follower by hand.
  public let epoch: Epoch
  /// When the master appended it: milliseconds since 1970 by the master's wall clock.
  public let time: UInt64
  /// Facts that come with the payload: see `Fields`.
  public let fields: [UInt8]
  /// The message's UTF-8 bytes.
  public let payload: [UInt8]

  /// The bytes before the fields.
  @inlinable public static var headerBytes: Int { 48 }
  /// The version that stands in every entry.
  static let version: UInt8 = 1

  /// - Parameters:
  ///   - kind: what it is.
  ///   - offset: from 1.
  ///   - epoch: the appending master's epoch.
  ///   - time: milliseconds since 1970.
  ///   - fields: at most 65,535 bytes.
  ///   - payload: at most 2³² - 1 bytes.
  public init(
    kind: Kind = .message, offset: Offset, epoch: Epoch, time: UInt64, fields: [UInt8] = [], payload: [UInt8]
  ) {
    self.kind = kind
    self.offset = offset
    self.epoch = epoch
    self.time = time
    self.fields = fields
    self.payload = payload
  }

  /// An entry in its place.
  /// - Parameters:
  ///   - content: what it holds.
  ///   - offset: from 1.
  ///   - epoch: the appending master's epoch.
  ///   - time: milliseconds since 1970.
  public init(_ content: Content, offset: Offset, epoch: Epoch, time: UInt64) {
    self.init(
      kind: content.kind, offset: offset, epoch: epoch, time: time, fields: content.fields, payload: content.payload)
  }

  /// The size of the entry's bytes.
  public var encodedBytes: Int { Self.headerBytes + fields.count + payload.count }

  /// Appends the entry's bytes to `bytes`.
  /// - Parameter previous: the point of the entry before.
  /// - Returns: the point of this entry.
  @discardableResult
  public func encode(into bytes: inout [UInt8], after previous: LogPoint) -> LogPoint {
    let begin = bytes.count
    bytes += [UInt8](repeating: 0, count: encodedBytes)
    return bytes.withUnsafeMutableBytes {
      encode(to: UnsafeMutableRawBufferPointer(rebasing: $0[begin...]), after: previous)
    }
  }

  /// Writes the entry's bytes.
  /// - Parameters:
  ///   - room: as many bytes as the entry has.
  ///   - previous: the point of the entry before.
  /// - Returns: the point of this entry.
  @discardableResult
  public func encode(to room: UnsafeMutableRawBufferPointer, after previous: LogPoint) -> LogPoint {
    precondition(offset == previous.offset.next, "entry \(offset) after \(previous)")
    return Self.encode(kind, epoch: epoch, time: time, fields: fields, payload: payload, to: room, after: previous)
  }

  /// Writes the bytes of the entry after `previous` to `room`, which has as many.
  /// - Returns: the point of this entry.
  static func encode(
    _ kind: Kind, epoch: Epoch, time: UInt64, fields: [UInt8], payload: [UInt8],
    to room: UnsafeMutableRawBufferPointer, after previous: LogPoint
  ) -> LogPoint {
    precondition(room.count == headerBytes + fields.count + payload.count, "an entry in \(room.count) bytes")
    let offset = previous.offset.next
    let sizes =
      UInt64(UInt32(payload.count)) | UInt64(kind.rawValue) << 32 | UInt64(version) << 40
      | UInt64(UInt16(fields.count)) << 48
    // One piece, the hashes to come: a number appended alone costs as much as all of them.
    let header = (
      UInt64(0), UInt64(0), sizes.littleEndian, offset.rawValue.littleEndian, epoch.rawValue.littleEndian,
      time.littleEndian
    )
    withUnsafeBytes(of: header) { room.copyMemory(from: $0) }
    let contents = UnsafeMutableRawBufferPointer(rebasing: room[headerBytes...])
    fields.withUnsafeBytes { contents.copyMemory(from: $0) }
    payload.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: contents[fields.count...]).copyMemory(from: $0) }
    let digest = XXH64.hash(UnsafeRawBufferPointer(rebasing: room[16...]))
    let hash = prefixHash(previous.hash, digest: digest)
    room.storeBytes(of: checksum(prefixHash: hash, digest: digest).littleEndian, as: UInt64.self)
    room.storeBytes(of: hash.littleEndian, toByteOffset: 8, as: UInt64.self)
    return LogPoint(offset: offset, epoch: epoch, hash: hash)
  }

  @inline(__always)
  static func prefixHash(_ previous: UInt64, digest: UInt64) -> UInt64 { XXH64.hash(previous, seed: digest) }

  @inline(__always)
  static func checksum(prefixHash: UInt64, digest: UInt64) -> UInt64 { XXH64.hash(prefixHash, seed: ~digest) }
}
