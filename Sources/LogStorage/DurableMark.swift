internal import ReplicationCore

/// How far the log is known to be durable. It is only written after a sync, so what it says is true, if maybe not the
/// latest.
struct DurableMark: Hashable, Sendable {
  /// All entries up to this point are on the disk.
  let point: LogPoint
  /// The first offset of the segment in which the next entry goes.
  let segment: Offset
  /// Where in that segment the next entry goes, in bytes.
  let position: Int
  /// The highest offset known to be acknowledged by a majority.
  let commit: Offset

  private static let magic: StaticString = "rlog-dur"
  private static let version: UInt32 = 1

  /// - Parameters:
  ///   - point: the durable point.
  ///   - segment: the first offset of the segment written last.
  ///   - position: the end of the entries in it.
  ///   - commit: what is known to be acknowledged.
  init(point: LogPoint, segment: Offset, position: Int, commit: Offset) {
    self.point = point
    self.segment = segment
    self.position = position
    self.commit = commit
  }

  /// Takes a slot apart.
  /// - Returns: the mark and the generation in which it was written.
  static func decode(_ slot: [UInt8]) throws(FormatError) -> (mark: DurableMark, generation: UInt64) {
    let fields = try Block.decode(slot, magic: magic, version: version, count: 7)
    guard fields[0] < .max else { throw .invalid("no mark can follow its generation") }
    for offset in [fields[1], fields[4], fields[6]] {
      guard offset < UInt64.max >> 1 else { throw .invalid("the offset \(offset) can't be") }
    }
    guard let position = Int(exactly: fields[5]) else { throw .invalid("the position \(fields[5]) can't be") }
    let mark = DurableMark(
      point: fields.point(at: 1), segment: Offset(fields[4]), position: position, commit: Offset(fields[6]))
    return (mark, fields[0])
  }

  /// The bytes of a slot.
  func encoded(generation: UInt64) -> [UInt8] {
    Block.encode(
      magic: Self.magic, version: Self.version,
      fields: [generation] + point.fields + [segment.rawValue, UInt64(position), commit.rawValue])
  }
}
