internal import FuzzInput
@testable internal import LogStorage
internal import ReplicationCore
internal import SimulatedDisk

extension FolderInput {
  /// Makes right what is to be, and writes the files; of two with one name the first.
  func write(to disk: SimulatedDisk) {
    var files = files
    var repairs = Repairs(repair)
    for index in files.indices { repairs.mend(&files[index]) }
    for file in files {
      let name =
        switch file.kind {
        case .nodeA: NodeFiles.names[0]
        case .nodeB: NodeFiles.names[1]
        case .durable: DurableMarkFile.name
        case .segment: SegmentHeader.name(first: Offset(file.first))
        }
      let bytes = file.blocks.flatMap { $0 } + file.rest
      do {
        let created = try disk.create(name)
        try created.write(bytes, at: 0)
        try created.sync()
        try disk.syncFolder()
        created.close()
      } catch {
        precondition(disk.names().contains(name), "\(error)")
      }
    }
  }

  /// What was seen in the files so far, to which the next is fitted.
  private struct Repairs {
    let repair: Repair
    /// Of the first node file: the upper and the lower half.
    var log: (high: UInt64, low: UInt64)?
    /// Where the last segment ends.
    var last: LogPoint?
    /// Where the last segment begins, and how many bytes it has.
    var segment: (first: UInt64, bytes: Int)?

    init(_ repair: Repair) { self.repair = repair }

    mutating func mend(_ file: inout Content) {
      if repair.contains(.links) { link(&file) }
      if file.kind == .segment, repair.contains(.entries) {
        let base = file.blocks[0].point(at: 40)
        last = EntryRepair.repair(&file.rest, from: 0, after: base, isRenumbered: repair.contains(.numbers)).last
      }
      guard repair.contains(.blocks) else { return }
      for index in file.blocks.indices where file.blocks[index].contains(where: { $0 != 0 }) {
        file.blocks[index].put(0, at: 16)
        file.blocks[index].put(file.blocks[index].withUnsafeBytes { XXH64.hash($0) }, at: 16)
      }
    }

    private mutating func link(_ file: inout Content) {
      switch file.kind {
      case .nodeA, .nodeB:
        log = log ?? (file.blocks[0].number(at: 48), file.blocks[0].number(at: 56))
      case .segment:
        if let log {
          file.blocks[0].put(log.high, at: 24)
          file.blocks[0].put(log.low, at: 32)
        }
        let base = last ?? log.map { LogPoint(beginning: LogID(high: $0.high, low: $0.low)) }
        if let base { file.blocks[0].put(base, at: 40) }
        file.first = file.blocks[0].number(at: 40) &+ 1
        segment = (file.first, Block.bytes + file.rest.count)
      case .durable:
        for index in file.blocks.indices where file.blocks[index].contains(where: { $0 != 0 }) {
          let isLast = last?.offset.rawValue == file.blocks[index].number(at: 32)
          if isLast, let last { file.blocks[index].put(last, at: 32) }
          if let segment { file.blocks[index].put(segment.first, at: 56) }
        }
      }
    }
  }
}

extension [UInt8] {
  fileprivate mutating func put(_ point: LogPoint, at position: Int) {
    put(point.offset.rawValue, at: position)
    put(point.epoch.rawValue, at: position + 8)
    put(point.hash, at: position + 16)
  }
}
