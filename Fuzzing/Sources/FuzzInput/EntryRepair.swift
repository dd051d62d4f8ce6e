@testable public import ReplicationCore

/// Makes checksums right that stand in a fuzzer's input: they would stop it at the door, and what lies behind them would
/// never be reached. All other bytes stay what they are.
public enum EntryRepair {
  /// Mends the prefix hash and the checksum of each entry, up to the first that the bytes end within.
  /// - Parameters:
  ///   - bytes: entries, one after the other.
  ///   - begin: where the first one begins.
  ///   - previous: the point that it continues.
  ///   - isRenumbered: whether they also get consecutive offsets.
  /// - Returns: the point of the last entry, and how many there are.
  @discardableResult
  public static func repair(
    _ bytes: inout [UInt8], from begin: Int, after previous: LogPoint, isRenumbered: Bool
  ) -> (last: LogPoint, count: UInt64) {
    var (position, last, count) = (begin, previous, UInt64(0))
    while bytes.count - position >= Entry.headerBytes {
      if isRenumbered { bytes.put(last.offset.rawValue &+ 1, at: position + 24) }
      let end =
        position + Entry.headerBytes + Int(bytes.number(at: position + 16) & 0xFFFF_FFFF)
        + Int(bytes.number(at: position + 16) >> 48)
      guard end <= bytes.count else { break }
      let digest = bytes[(position + 16)..<end].withUnsafeBytes { XXH64.hash($0) }
      let hash = Entry.prefixHash(last.hash, digest: digest)
      bytes.put(Entry.checksum(prefixHash: hash, digest: digest), at: position)
      bytes.put(hash, at: position + 8)
      last = LogPoint(
        offset: Offset(bytes.number(at: position + 24)), epoch: Epoch(bytes.number(at: position + 32)), hash: hash)
      position = end
      count += 1
    }
    return (last, count)
  }
}

extension [UInt8] {
  /// The little-endian number at a position; what lies beyond the end counts as zeros.
  public func number(at position: Int) -> UInt64 {
    var number: UInt64 = 0
    for index in 0..<8 where position + index < count {
      number |= UInt64(self[position + index]) << (8 * UInt64(index))
    }
    return number
  }

  /// Writes a little-endian number, as far as the bytes go.
  public mutating func put(_ number: UInt64, at position: Int) {
    for index in 0..<8 where position + index < count {
      self[position + index] = UInt8(truncatingIfNeeded: number >> (8 * UInt64(index)))
    }
  }

  /// The point at a position.
  public func point(at position: Int) -> LogPoint {
    LogPoint(
      offset: Offset(number(at: position)), epoch: Epoch(number(at: position + 8)), hash: number(at: position + 16))
  }
}
