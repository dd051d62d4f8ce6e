import Foundation
@testable import LogStorage
import ReplicationCore

/// A folder of its own for one test, gone with this object.
final class TestFolder {
  let path: String

  init() {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("replog-\(UUID().uuidString)").path
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The folder as the log sees it, without the lock.
  var files: SystemFileSystem { get throws { try SystemFileSystem.openForReading(path) } }

  func bytes(of name: String) throws -> [UInt8] { Array(try Data(contentsOf: url(name))) }

  func write(_ bytes: [UInt8], to name: String) throws { try Data(bytes).write(to: url(name)) }

  func change(_ name: String, _ body: (inout [UInt8]) -> Void) throws {
    var bytes = try bytes(of: name)
    body(&bytes)
    try write(bytes, to: name)
  }

  func remove(_ name: String) throws { try FileManager.default.removeItem(at: url(name)) }

  var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }

  private func url(_ name: String) -> URL { URL(fileURLWithPath: path).appendingPathComponent(name) }
}

/// Entries of one log, and where they lie: what a segment's reader is compared with.
struct TestLog {
  static let id = LogID(high: 7, low: 9)
  /// How large `writeFolder` makes its segments at least.
  static let reservedBytes = 8 << 10

  let id: LogID
  /// The point of each offset, from that of the beginning.
  private(set) var points: [LogPoint]
  /// Each entry's bytes; that of offset 1 first.
  private(set) var encoded: [[UInt8]] = []

  var end: LogPoint { points[points.count - 1] }

  init(id: LogID = TestLog.id) {
    self.id = id
    points = [LogPoint(beginning: id)]
  }

  init(id: LogID = TestLog.id, payloads: [[UInt8]]) {
    self.init(id: id)
    for payload in payloads { append(payload) }
  }

  mutating func append(_ payload: [UInt8], epoch: Epoch = Epoch(3)) {
    let entry = Entry(offset: end.offset.next, epoch: epoch, time: 1000 + end.offset.rawValue, payload: payload)
    var bytes: [UInt8] = []
    points.append(entry.encode(into: &bytes, after: end))
    encoded.append(bytes)
  }

  func bytes(_ first: Int, _ last: Int) -> [UInt8] { first > last ? [] : encoded[(first - 1)..<last].flatMap { $0 } }

  func run(_ first: Int, _ last: Int) -> EntryRun {
    EntryRun(first: Offset(UInt64(first)), last: Offset(UInt64(last)), bytes: bytes(first, last))
  }

  /// Writes entries `first` to `last` as a segment.
  @discardableResult
  func writeSegment(
    _ first: Int, _ last: Int, in files: any FileSystem, reserving: Int = 0, named name: String? = nil
  ) throws -> Segment {
    let header = SegmentHeader(log: id, base: points[first - 1])
    let segment = try Segment.create(header, named: name, in: files, reserving: reserving)
    try segment.file.write(bytes(first, last), at: SegmentHeader.bytes)
    return segment
  }

  /// Where the segment that begins with `first` ends after `last`.
  func end(_ first: Int, _ last: Int) -> SegmentEnd {
    SegmentEnd(offset: Offset(UInt64(last)), position: SegmentHeader.bytes + bytes(first, last).count)
  }

  /// A whole folder: node record, mark at the end, and a segment for each range of offsets.
  func writeFolder(_ folder: TestFolder, segments: [ClosedRange<Int>], durable: Int? = nil) throws {
    let files = try folder.files
    let promise = Mastership(epoch: Epoch(3), startID: 5)
    let identity = LogIdentity(log: id, promise: promise)
    try NodeFiles.store(NodeRecord(node: NodeID(high: 1, low: 2), identity: identity, generation: 1), in: files)
    let mark = try DurableMarkFile.open(in: files)
    for _ in 0..<2 {
      try mark.write(
        DurableMark(point: points[0], segment: Offset(1), position: SegmentHeader.bytes, commit: .zero))
    }
    for range in segments {
      try writeSegment(range.lowerBound, range.upperBound, in: files, reserving: Self.reservedBytes).close()
    }
    let durable = durable ?? encoded.count
    guard let last = segments.last(where: { $0.lowerBound <= durable }) else { return }
    for offset in [durable - 1, durable] where offset >= last.lowerBound {
      try mark.write(
        DurableMark(
          point: points[offset], segment: Offset(UInt64(last.lowerBound)),
          position: end(last.lowerBound, offset).position, commit: Offset(UInt64(offset))))
    }
    mark.close()
  }
}
