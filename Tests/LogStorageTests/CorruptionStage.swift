import ReplicationCore
import SimulatedDisk

@testable import LogStorage

/// A closed log of several segments on a simulated disk, where everything lies in it, and what becomes of it when it is damaged.
struct CorruptionStage {
  /// What a byte belongs to.
  enum Region: Hashable {
    case node
    case mark
    case segmentHeader(first: Offset)
    case entry(Offset)
    /// Zeros after the last entry.
    case reserved
  }

  /// What opening and reading everything came to.
  struct Outcome {
    /// Why it didn't open.
    var error: StorageError?
    /// The log, if it opened.
    var log: DiskLog?
    /// What is wrong, when all was read and checked.
    var trouble: LogTrouble?
    /// The first entry that could not be read.
    var unread: Offset?
    /// Entries that are not what was written: there must be none.
    var wrong: [Offset] = []
    /// What a check of the damaged folder found before it was opened; nil if it threw.
    var report: VerifyReport?

    /// The damage, if that is the trouble.
    var damage: LogDamage? { if case .damaged(let damage) = trouble { damage } else { nil } }
    var isVerifyAlarmed: Bool {
      report.map { !$0.problems.isEmpty || !$0.remarks.isEmpty || $0.tornTail != nil } ?? true
    }
    var isOpenAlarmed: Bool {
      error != nil || trouble != nil || log.map { $0.recovery.tornTail != nil || !$0.recovery.mended.isEmpty } ?? true
    }
  }

  let disk: SimulatedDisk
  /// The segments' names.
  let segments: [String]
  /// Each entry's bytes; that of offset 1 first.
  let entries: [[UInt8]]
  /// Each entry's segment and the position of its first byte.
  let places: [(segment: String, position: Int)]
  let identity: LogIdentity
  let node: NodeID

  init() throws {
    let run = try CrashRun()
    run.setIdentity(epoch: 1)
    for round in 0..<9 {
      run.append(2, bytes: [1, 200, 700][round % 3])
      run.commit()
    }
    let end = run.log.end
    var entries: [[UInt8]] = []
    for offset in 1...end.last.rawValue as ClosedRange<UInt64> {
      entries.append(
        Array(try run.log.read(from: Offset(offset), through: Offset(offset), generation: end.generation).bytes))
    }
    (identity, node) = (run.log.identity, run.log.node)
    run.close()
    disk = run.disk.killed()
    segments = FolderContent.segments(disk.names())
    self.entries = entries
    var places: [(String, Int)] = []
    var position = 0
    for (index, bytes) in entries.enumerated() {
      let name = SegmentHeader.name(first: Offset(UInt64(index + 1)))
      if segments.contains(name) {
        position = SegmentHeader.bytes
        places.append((name, position))
      } else {
        places.append((places[index - 1].0, position))
      }
      position += bytes.count
    }
    self.places = places
  }

  var last: Offset { Offset(UInt64(entries.count)) }

  func size(of name: String) throws -> Int {
    let file = try disk.open(name, isWritable: false)
    defer { file.close() }
    return try file.size()
  }

  /// What lies at a place.
  func region(_ name: String, _ position: Int) -> Region {
    if NodeFiles.names.contains(name) { return .node }
    guard let first = SegmentHeader.first(ofName: name) else { return .mark }
    if position < SegmentHeader.bytes { return .segmentHeader(first: first) }
    for (index, place) in places.enumerated() where place.segment == name {
      if position < place.position + entries[index].count { return .entry(Offset(UInt64(index + 1))) }
    }
    return .reserved
  }

  /// Places in a file, at least one in each field of each thing in it.
  func positions(in name: String) throws -> [Int] {
    let size = try size(of: name)
    let block = [0, 7, 8, 12, 16, 23, 24, 32, 40, 48, 64, 72, 80, 120, 511, 512, 2000, 4095]
    var positions = block
    if SegmentHeader.first(ofName: name) == nil {
      positions += block.map { $0 + 4096 }
    } else {
      for (index, place) in places.enumerated() where place.segment == name {
        let count = entries[index].count
        positions += [0, 8, 16, 19, 20, 21, 22, 24, 31, 32, 40, 47, 48, (48 + count) / 2, count - 1].map {
          place.position + min($0, count - 1)
        }
      }
      positions += [size - 1]
    }
    return Set(positions).filter { $0 < size }.sorted()
  }

  /// Whether damage changes nothing that is stored.
  func isHarmless(_ damage: DiskDamage) throws -> Bool {
    let other = disk.killed()
    other.damage(damage)
    func content(_ disk: SimulatedDisk) throws -> [String: [UInt8]] {
      try disk.names().reduce(into: [:]) { result, name in
        let file = try disk.open(name, isWritable: false)
        result[name] = try file.read(file.size(), at: 0)
      }
    }
    return try content(disk) == content(other)
  }

  /// Checks, opens and reads the damaged log.
  func outcome(of damages: [DiskDamage]) -> Outcome {
    let disk = disk.killed()
    damages.forEach(disk.damage)
    var outcome = Outcome()
    outcome.report = try? Verify.run(disk)
    do throws(StorageError) {
      let log = try DiskLog.open(in: disk, options: CrashRun.options)
      outcome.log = log
      log.checkSegments()
      for (index, bytes) in entries.enumerated() {
        let offset = Offset(UInt64(index + 1))
        guard let run = (try? log.read(offset)) ?? nil else {
          outcome.unread = outcome.unread ?? offset
          continue
        }
        if Array(run.bytes) != bytes { outcome.wrong.append(offset) }
      }
      if log.end.last > last { outcome.wrong.append(log.end.last) }
      outcome.trouble = log.trouble
    } catch {
      outcome.error = error
    }
    return outcome
  }
}

extension DiskLog {
  /// One entry; nil beyond the end.
  fileprivate func read(_ offset: Offset) throws(LogReadError) -> EntryRun? {
    let end = end
    guard offset <= end.last, try point(at: offset) != nil,
      let range = try runEnd(from: offset, bytesMax: 1, entriesMax: 1)
    else { return nil }
    return try read(from: offset, through: range.last, generation: end.generation)
  }
}
