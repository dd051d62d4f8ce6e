internal import FuzzInput
@testable internal import LogStorage
internal import ReplicationCore
internal import SimulatedDisk

/// A folder as a fuzzer's input: one byte that says what is made right, then file after file.
///
/// A file is one byte for what it is, and its blocks and entries, each with its size in two bytes before it and without the
/// zeros at its end. So an input is short, and a mutation seldom hits what means nothing.
struct FolderInput {
  /// Which parts are made right before they become files.
  struct Repair: OptionSet {
    let rawValue: UInt8

    /// The checksum of each block.
    static let blocks = Repair(rawValue: 1)
    /// Checksums and prefix hashes of entries.
    static let entries = Repair(rawValue: 2)
    /// Offsets of entries.
    static let numbers = Repair(rawValue: 4)
    /// What a file says of another one: log ids, the points between segments, the durable point, segments' names.
    static let links = Repair(rawValue: 8)
  }

  /// What a file is.
  enum Kind: UInt8 {
    case nodeA, nodeB, segment, durable
  }

  /// One file.
  struct Content {
    var kind: Kind
    /// Of a segment, by its name.
    var first: UInt64 = 0
    /// Two of `durable`, otherwise one.
    var blocks: [[UInt8]] = []
    /// What follows the blocks.
    var rest: [UInt8] = []
  }

  var repair: Repair
  var files: [Content]

  /// - Parameter bytes: anything.
  init(decoding bytes: [UInt8]) {
    repair = Repair(rawValue: bytes.first ?? 0)
    files = []
    var position = 1
    func part() -> [UInt8] {
      let begin = min(position + 2, bytes.count)
      let end = min(begin + Int(bytes.number(at: position) & 0xFFFF), bytes.count)
      position = end
      return Array(bytes[begin..<end])
    }
    // A folder has a few files; more would only be slow.
    while position < bytes.count, files.count < 8, let kind = Kind(rawValue: bytes[position] & 3) {
      position += 1
      var file = Content(kind: kind)
      if kind == .segment {
        file.first = bytes.number(at: position)
        position += 8
      }
      for _ in 0..<(kind == .durable ? 2 : 1) { file.blocks.append(Self.padded(part())) }
      file.rest = part()
      files.append(file)
    }
  }

  /// A folder that is there.
  init(_ disk: SimulatedDisk, repair: Repair) throws(FileError) {
    self.repair = repair
    files = []
    for name in NodeFiles.names + FolderContent.segments(disk.names()) + [DurableMarkFile.name] {
      let file = try disk.open(name, isWritable: false)
      let bytes = try file.read(try file.size(), at: 0)
      let first = SegmentHeader.first(ofName: name)
      var content = Content(kind: first == nil ? .durable : .segment, first: first?.rawValue ?? 0)
      if let node = NodeFiles.names.firstIndex(of: name) { content.kind = node == 0 ? .nodeA : .nodeB }
      let count = content.kind == .durable ? 2 : 1
      content.blocks = (0..<count).map { Array(bytes.dropFirst($0 * Block.bytes).prefix(Block.bytes)) }
      content.rest = Array(bytes.dropFirst(count * Block.bytes))
      files.append(content)
    }
  }

  /// The input that means this folder.
  func encoded() -> [UInt8] {
    files.reduce(into: [repair.rawValue]) { bytes, file in
      bytes.append(file.kind.rawValue)
      if file.kind == .segment { bytes.append(number: file.first, size: 8) }
      for part in file.blocks + [file.rest] {
        let end = part.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
        bytes.append(number: UInt64(end), size: 2)
        bytes += part[..<end]
      }
    }
  }

  private static func padded(_ part: [UInt8]) -> [UInt8] {
    part.prefix(Block.bytes) + [UInt8](repeating: 0, count: max(0, Block.bytes - part.count))
  }
}

extension [UInt8] {
  fileprivate mutating func append(number: UInt64, size: Int) {
    for index in 0..<size { append(UInt8(truncatingIfNeeded: number >> (8 * UInt64(index)))) }
  }
}
