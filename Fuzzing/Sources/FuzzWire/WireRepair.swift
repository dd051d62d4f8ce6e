internal import FuzzInput
internal import ReplicationCore

/// Which parts of an input are made right before it is decoded.
struct WireRepair: OptionSet {
  let rawValue: UInt8

  /// Checksums and prefix hashes.
  static let hashes = WireRepair(rawValue: 1)
  /// Offsets and the number of entries.
  static let numbers = WireRepair(rawValue: 2)
  /// What a message begins with, and the hash of the log's beginning.
  static let heads = WireRepair(rawValue: 4)

  func request(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    if contains(.heads) {
      bytes.put(head: "RLRQ", version: 2)
      bytes.putBeginning(at: 40, log: 24)
    }
    if contains(.hashes), bytes.count >= 82 {
      let begin = 82 + Int(bytes.number(at: 80) & 0xFFFF)
      let entries = repairEntries(&bytes, from: begin, after: bytes.point(at: 40))
      if contains(.numbers) { bytes.put(entries.count, at: 72) }
    }
    return bytes
  }

  func answer(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    if contains(.heads) {
      bytes.put(head: "RLAN", version: 2)
      bytes.putBeginning(at: 68, log: 52)
    }
    return bytes
  }

  func fetchAnswer(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    if contains(.heads) {
      bytes.put(head: "RLFA", version: 1)
      bytes.putBeginning(at: 64, log: 48)
      bytes.putBeginning(at: 100, log: 48)
    }
    if contains(.hashes), bytes.count >= 124 {
      let last = repairEntries(&bytes, from: 124, after: bytes.point(at: 100)).last
      if last.offset == bytes.point(at: 64).offset { bytes.put(last.hash, at: 80) }
    }
    return bytes
  }

  /// A run comes after the point that it continues and the highest epoch.
  func run(_ bytes: [UInt8]) -> [UInt8] {
    var entries = Array(bytes.dropFirst(32))
    if contains(.hashes) { repairEntries(&entries, from: 0, after: bytes.point(at: 0)) }
    return entries
  }

  @discardableResult
  private func repairEntries(
    _ bytes: inout [UInt8], from begin: Int, after point: LogPoint
  ) -> (last: LogPoint, count: UInt64) {
    EntryRepair.repair(&bytes, from: begin, after: point, isRenumbered: contains(.numbers))
  }
}

extension [UInt8] {
  fileprivate mutating func put(head: String, version: UInt64) {
    let letters = Array(head.utf8)
    put(letters.number(at: 0) | version << 32, at: 0)
  }

  /// Makes a point at offset 0 that of the log.
  fileprivate mutating func putBeginning(at position: Int, log: Int) {
    guard number(at: position) == 0 else { return }
    let point = LogPoint(beginning: LogID(high: number(at: log), low: number(at: log + 8)))
    put(point.epoch.rawValue, at: position + 8)
    put(point.hash, at: position + 16)
  }
}
