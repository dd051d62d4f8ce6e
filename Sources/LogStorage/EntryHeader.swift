internal import ReplicationCore

/// The fixed part of an entry, not checked: for finding the next entry without reading the payload.
struct EntryHeader {
  /// The point that the entry says it is.
  let point: LogPoint
  /// The size that it says it has, its header included; at least `Entry.headerBytes`.
  let encodedBytes: Int

  /// - Parameter bytes: begin with an entry.
  /// - Returns: nil if they are fewer than a header.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= Entry.headerBytes else { return nil }
    func number<Number: FixedWidthInteger>(at position: Int, _: Number.Type = Number.self) -> Number {
      Number(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Number.self))
    }
    point = LogPoint(offset: Offset(number(at: 24)), epoch: Epoch(number(at: 32)), hash: number(at: 8))
    encodedBytes = Entry.headerBytes + Int(number(at: 22, UInt16.self)) + Int(number(at: 16, UInt32.self))
  }
}
