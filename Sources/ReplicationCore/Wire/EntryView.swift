/// An entry that lies in other bytes, not copied: valid only inside the call that hands it out. What it says is read from there
/// when it is asked for, so that a walk over many of them costs little for each.
public struct EntryView {
  /// All of the entry as it lies in the log: a whole header, and as much as that says.
  public let bytes: UnsafeRawBufferPointer

  /// What it is.
  @inlinable public var kind: Entry.Kind { Entry.Kind(rawValue: bytes[20]) }
  /// Its place in the log's history, as the entry itself says.
  public var point: LogPoint { LogPoint(offset: offset, epoch: epoch, hash: prefixHash) }
  /// Its position in the log.
  @inlinable public var offset: Offset { Offset(bytes.number(at: 24)) }
  /// The epoch of the master that appended it.
  @inlinable public var epoch: Epoch { Epoch(bytes.number(at: 32)) }
  /// Milliseconds since 1970 by the master's clock.
  @inlinable public var time: UInt64 { bytes.number(at: 40) }
  /// Facts that come with the payload.
  @inlinable public var fields: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[Entry.headerBytes..<fieldsEnd])
  }
  /// The message's UTF-8 bytes.
  @inlinable public var payload: UnsafeRawBufferPointer { bytes.dropping(fieldsEnd) }
  /// The size of its bytes.
  @inlinable public var encodedBytes: Int { bytes.count }

  private var checksum: UInt64 { bytes.number(at: 0) }
  private var prefixHash: UInt64 { bytes.number(at: 8) }
  @inlinable var fieldsEnd: Int { Entry.headerBytes + Int(bytes.number(at: 22, UInt16.self)) }

  /// Takes an entry apart without checking it.
  /// - Parameter rest: begins with the entry, and may go on after it.
  /// - Throws: `WireError` if they end before the entry does.
  @inlinable
  public init(startOf rest: UnsafeRawBufferPointer) throws(WireError) {
    guard rest.count >= Entry.headerBytes else { throw .truncated }
    let end = Entry.headerBytes + Int(rest.number(at: 22, UInt16.self)) + Int(rest.number(at: 16, UInt32.self))
    guard rest.count >= end else { throw .truncated }
    bytes = UnsafeRawBufferPointer(start: rest.baseAddress, count: end)
  }

  /// The version of an entry's form that it says it has; believed only after the checksum.
  public var version: UInt8 { bytes[21] }

  /// Checks the entry and that it continues a history.
  ///
  /// - Parameter previous: the point of the entry before.
  /// - Throws: `WireError` that says what is wrong.
  @inline(__always)
  public func check(after previous: LogPoint) throws(WireError) {
    let digest = digest
    guard Entry.checksum(prefixHash: prefixHash, digest: digest) == checksum else {
      throw .invalid("the checksum of the entry after \(previous.offset) is wrong")
    }
    guard version == Entry.version else { throw .unknownVersion(UInt16(version)) }
    guard offset == previous.offset.next else { throw .invalid("entry \(offset) follows entry \(previous.offset)") }
    guard epoch >= previous.epoch else {
      throw .invalid("entry \(offset) is of epoch \(epoch), the one before of \(previous.epoch)")
    }
    guard Entry.prefixHash(previous.hash, digest: digest) == prefixHash else {
      throw .invalid("entry \(offset) continues another history")
    }
  }

  private var digest: UInt64 { XXH64.hash(bytes.dropping(16)) }
}

extension UnsafeRawBufferPointer {
  /// A little-endian number, which must lie within the bytes.
  @inlinable func number<Number: FixedWidthInteger>(at position: Int, _: Number.Type = Number.self) -> Number {
    Number(littleEndian: loadUnaligned(fromByteOffset: position, as: Number.self))
  }

  /// The bytes from a position on, which is at most their count.
  @inlinable package func dropping(_ position: Int) -> UnsafeRawBufferPointer {
    precondition(position >= 0 && position <= count, "the bytes from \(position) of \(count)")
    return UnsafeRawBufferPointer(start: baseAddress.map { $0 + position }, count: count - position)
  }
}
