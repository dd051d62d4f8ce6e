/// An entry that lies in other bytes, not copied: valid only inside the call that hands it out.
public struct EntryView {
  /// What it is.
  public let kind: Entry.Kind
  /// Its place in the log's history, as the entry itself says.
  public let point: LogPoint
  /// Milliseconds since 1970 by the master's clock.
  public let time: UInt64
  /// Facts that come with the payload.
  public let fields: UnsafeRawBufferPointer
  /// The message's UTF-8 bytes.
  public let payload: UnsafeRawBufferPointer
  /// All of the entry as it lies in the log.
  public let bytes: UnsafeRawBufferPointer
  private let checksum: UInt64

  /// Its position in the log.
  public var offset: Offset { point.offset }
  /// The epoch of the master that appended it.
  public var epoch: Epoch { point.epoch }
  /// The size of its bytes.
  public var encodedBytes: Int { bytes.count }

  /// Takes an entry apart without checking it.
  /// - Parameter rest: begins with the entry, and may go on after it.
  /// - Throws: `WireError` if they end before the entry does, or it is of a version that this program doesn't know.
  public init(startOf rest: UnsafeRawBufferPointer) throws(WireError) {
    guard rest.count >= Entry.headerBytes else { throw .truncated }
    func number<Number: FixedWidthInteger>(at position: Int, _: Number.Type = Number.self) -> Number {
      Number(littleEndian: rest.loadUnaligned(fromByteOffset: position, as: Number.self))
    }
    let fieldsEnd = Entry.headerBytes + Int(number(at: 22, UInt16.self))
    let end = fieldsEnd + Int(number(at: 16, UInt32.self))
    guard rest.count >= end else { throw .truncated }
    checksum = number(at: 0)
    kind = Entry.Kind(rawValue: rest[20])
    point = LogPoint(offset: Offset(number(at: 24)), epoch: Epoch(number(at: 32)), hash: number(at: 8))
    time = number(at: 40)
    fields = UnsafeRawBufferPointer(rebasing: rest[Entry.headerBytes..<fieldsEnd])
    payload = UnsafeRawBufferPointer(rebasing: rest[fieldsEnd..<end])
    bytes = UnsafeRawBufferPointer(rebasing: rest[..<end])
  }

  /// The version of an entry's form that it says it has; believed only after the checksum.
  public var version: UInt8 { bytes[21] }

  /// Checks the entry and that it continues a history.
  ///
  /// - Parameter previous: the point of the entry before.
  /// - Throws: `WireError` that says what is wrong.
  public func check(after previous: LogPoint) throws(WireError) {
    let digest = digest
    guard Entry.checksum(prefixHash: point.hash, digest: digest) == checksum else {
      throw .invalid("the checksum of the entry after \(previous.offset) is wrong")
    }
    guard version == Entry.version else { throw .unknownVersion(UInt16(version)) }
    guard offset == previous.offset.next else { throw .invalid("entry \(offset) follows entry \(previous.offset)") }
    guard epoch >= previous.epoch else {
      throw .invalid("entry \(offset) is of epoch \(epoch), the one before of \(previous.epoch)")
    }
    guard Entry.prefixHash(previous.hash, digest: digest) == point.hash else {
      throw .invalid("entry \(offset) continues another history")
    }
  }

  private var digest: UInt64 { XXH64.hash(UnsafeRawBufferPointer(rebasing: bytes[16...])) }
}
