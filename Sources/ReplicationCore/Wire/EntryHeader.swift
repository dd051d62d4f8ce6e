/// The fixed part of an entry, not checked: for finding the next entry without reading the payload.
public struct EntryHeader {
  /// The point that the entry says it is.
  public let point: LogPoint
  /// The size that it says it has, its header included; at least `Entry.headerBytes`.
  public let encodedBytes: Int

  /// - Parameter bytes: begin with an entry.
  /// - Returns: nil if they are fewer than a header.
  @inlinable
  public init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= Entry.headerBytes else { return nil }
    point = LogPoint(
      offset: Offset(bytes.number(at: 24)), epoch: Epoch(bytes.number(at: 32)), hash: bytes.number(at: 8))
    encodedBytes = Entry.headerBytes + Int(bytes.number(at: 22, UInt16.self)) + Int(bytes.number(at: 16, UInt32.self))
  }
}
