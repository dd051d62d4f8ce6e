/// One message of the log with its place in the order. An entry never changes.
///
/// As bytes, all numbers little-endian:
///
///     0        8        16       24          28
///     ┌────────┬────────┬────────┬───────────┬──────────────┐
///     │ offset │ epoch  │ time   │ size      │ payload      │
///     │ u64    │ u64    │ u64 ms │ u32 bytes │ size bytes   │
///     └────────┴────────┴────────┴───────────┴──────────────┘
///
/// The log keeps entries in this form and they travel in it, so that an entry is encoded once in its life.
public struct Entry: Sendable {
  /// The position in the log, from 1.
  public let offset: Offset
  /// The epoch of the master that appended it; `Epoch.none` when a person put it on a follower by hand.
  public let epoch: Epoch
  /// When the master appended it: milliseconds since 1970 by the master's wall clock.
  public let time: UInt64
  /// The message's UTF-8 bytes.
  public let payload: [UInt8]

  /// The bytes before the payload.
  public static let headerBytes = 28

  /// - Parameters:
  ///   - offset: from 1.
  ///   - epoch: the appending master's epoch.
  ///   - time: milliseconds since 1970.
  ///   - payload: at most 2³² - 1 bytes.
  public init(offset: Offset, epoch: Epoch, time: UInt64, payload: [UInt8]) {
    self.offset = offset
    self.epoch = epoch
    self.time = time
    self.payload = payload
  }

  /// Appends the entry's bytes to `bytes`.
  public func encode(into bytes: inout [UInt8]) {
    bytes.append(littleEndian: offset.rawValue)
    bytes.append(littleEndian: epoch.rawValue)
    bytes.append(littleEndian: time)
    bytes.append(littleEndian: UInt32(payload.count))
    bytes.append(contentsOf: payload)
  }
}

/// An entry that lies in a run's bytes, not copied: valid only inside the call that hands it out.
public struct EntryView {
  /// The position in the log.
  public let offset: Offset
  /// The epoch of the master that appended it.
  public let epoch: Epoch
  /// Milliseconds since 1970 by the master's clock.
  public let time: UInt64
  /// The message's UTF-8 bytes.
  public let payload: UnsafeRawBufferPointer

  init(from reader: inout ByteReader) throws(WireError) {
    offset = Offset(try reader.read(UInt64.self))
    epoch = Epoch(try reader.read(UInt64.self))
    time = try reader.read(UInt64.self)
    payload = try reader.read(count: Int(try reader.read(UInt32.self)))
  }
}
