internal import ReplicationCore

/// The first block of every file: what the file is, in 4096 bytes under one checksum.
///
///     0        8         12         16         24                         4096
///     ┌────────┬─────────┬──────────┬──────────┬────────┬─────────────────┐
///     │ magic  │ version │ reserved │ checksum │ fields │ zeros           │
///     │ 8 bytes│ u32     │ u32      │ u64      │        │                 │
///     └────────┴─────────┴──────────┴──────────┴────────┴─────────────────┘
///
/// The checksum is XXH64 of the whole block with zeros in its own place, so that no bit can change unnoticed. All that
/// isn't zero lies in the first 512 bytes: a disk that writes whole sectors can't tear a block. A later version may add
/// fields, but keeps the block's size and the place of the first four: only so can its number be believed.
enum Block {
  /// The size of a block.
  static let bytes = 4096
  private static let checksumPosition = 16
  private static let fieldsPosition = 24

  /// A block of this kind.
  /// - Parameters:
  ///   - magic: 8 ASCII characters.
  ///   - version: from 1.
  ///   - fields: at most 61 of them, so that all lie in the first sector.
  static func encode(magic: StaticString, version: UInt32, fields: [UInt64]) -> [UInt8] {
    precondition(magic.utf8CodeUnitCount == 8 && fieldsPosition + 8 * fields.count <= 512, "\(magic)")
    var block = [UInt8](repeating: 0, count: bytes)
    block.withUnsafeMutableBytes { raw in
      raw.copyMemory(from: UnsafeRawBufferPointer(start: magic.utf8Start, count: 8))
      raw.storeBytes(of: version.littleEndian, toByteOffset: 8, as: UInt32.self)
      for (index, field) in fields.enumerated() {
        raw.storeBytes(of: field.littleEndian, toByteOffset: fieldsPosition + 8 * index, as: UInt64.self)
      }
      let checksum = XXH64.hash(UnsafeRawBufferPointer(raw))
      raw.storeBytes(of: checksum.littleEndian, toByteOffset: checksumPosition, as: UInt64.self)
    }
    return block
  }

  /// The fields of a block.
  /// - Parameters:
  ///   - block: what was read where a block should be.
  ///   - count: how many fields this version has.
  /// - Throws: `FormatError`; nothing of a block is believed before its checksum is found to be right.
  static func decode(
    _ block: [UInt8], magic: StaticString, version: UInt32, count: Int
  ) throws(FormatError) -> [UInt64] {
    guard block.count >= bytes else { throw .truncated }
    var zeroed = Array(block[..<bytes])
    guard zeroed.contains(where: { $0 != 0 }) else { throw .zeros }
    let checksum = number(in: zeroed, at: checksumPosition)
    zeroed.replaceSubrange(checksumPosition..<fieldsPosition, with: repeatElement(0, count: 8))
    guard zeroed.withUnsafeBytes({ XXH64.hash($0) }) == checksum else { throw .broken }
    let expected = UnsafeBufferPointer(start: magic.utf8Start, count: 8)
    guard zeroed[..<8].elementsEqual(expected) else { throw .notThisFormat }
    let found = UInt32(truncatingIfNeeded: number(in: zeroed, at: 8))
    guard found <= version else { throw .futureVersion(found) }
    guard found == version else { throw .invalid("format version \(found) was never in use") }
    return (0..<count).map { number(in: zeroed, at: fieldsPosition + 8 * $0) }
  }

  private static func number(in block: [UInt8], at position: Int) -> UInt64 {
    block.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: UInt64.self)) }
  }
}

extension Collection<UInt64> {
  /// The three numbers of a point, from `index` on.
  func point(at index: Index) -> LogPoint {
    let second = self.index(after: index)
    let third = self.index(after: second)
    return LogPoint(offset: Offset(self[index]), epoch: Epoch(self[second]), hash: self[third])
  }
}

extension LogPoint {
  /// The point as fields of a block.
  var fields: [UInt64] { [offset.rawValue, epoch.rawValue, hash] }
}
