internal import LogStorage
internal import ReplicationCore
internal import SimulatedDisk

/// What must hold of any folder: nothing traps, hangs or takes much memory, whatever lies there; and what is whole stays so.
struct FolderCheck {
  private let disk: SimulatedDisk

  init(_ disk: SimulatedDisk) { self.disk = disk }

  /// Small segments and little memory, so that a short input reaches what a large log reaches.
  private static var options: DiskLogOptions {
    var options = DiskLogOptions()
    options.segmentBytes = 8 << 10
    options.pendingBytesMax = 64 << 10
    options.tailBytesMin = 64
    options.memoryPieceBytes = 1 << 10
    options.reservePieceBytes = 8 << 10
    options.checkBytesPerSecond = 0
    return options
  }

  func run() {
    let report = try? Verify.run(disk)
    let shown = dump()
    for name in disk.names() where name.hasSuffix(".log") { try? Dump.file(name, in: disk) { Self.touch($0) } }

    guard let log = try? DiskLog.open(in: disk, options: Self.options, newNode: NodeID(high: 1, low: 1)) else {
      return precondition(report?.isWhole != true, "what verify calls whole doesn't open")
    }
    let before = points(of: log)
    log.checkSegments()
    // How segments fit together is only known once all of them were checked.
    if log.trouble == nil { compare(before, with: log) }
    if report?.isWhole == true {
      precondition(log.trouble == nil, "what verify calls whole is in trouble: \(log.trouble, default: "none")")
      precondition(shown == before, "dump shows other entries than the log has")
    }
    let isSound = log.trouble == nil
    let expected = isSound ? write(to: log, after: before) : before
    log.close()
    if isSound { reopen(expecting: expected) }
  }

  /// The points of all entries that `dump` shows; nil if it meets damage.
  private func dump() -> [LogPoint]? {
    var points: [LogPoint] = []
    do {
      try Dump.folder(disk) { entry in
        points.append(entry.point)
        return Self.touch(entry)
      }
      return points
    } catch {
      return nil
    }
  }

  /// The points of all entries that can be read.
  private func points(of log: DiskLog) -> [LogPoint] {
    var points: [LogPoint] = []
    let end = log.end
    precondition(end.durable == end.last, "a log that was just opened has entries that aren't durable")
    do {
      while let found = try log.runEnd(from: Offset(UInt64(points.count) + 1), bytesMax: 4096, entriesMax: 16) {
        let run = try log.read(from: Offset(UInt64(points.count) + 1), through: found.last, generation: end.generation)
        precondition(run.bytes.count == found.bytes, "a run is larger than was said")
        run.forEach { points.append($0.point) }
      }
      precondition(UInt64(points.count) == end.last.rawValue, "\(points.count) entries of \(end.last) can be read")
    } catch {
      // What can't be read is damaged, and known to be.
      precondition(log.trouble != nil, "entries can't be read, and nobody is told: \(error)")
    }
    return points
  }

  /// Entry by entry, the log says the same, and nothing beyond its end.
  private func compare(_ points: [LogPoint], with log: DiskLog) {
    let end = log.end.lastPoint
    precondition((points.last ?? end) == end, "the last entry is \(points.last ?? end), the end \(end)")
    do {
      for point in points {
        let alone = try log.point(at: point.offset)
        precondition(alone == point, "\(point) is another one alone")
      }
      let beyond = try log.point(at: end.offset.next)
      precondition(beyond == nil, "there is a point beyond the end")
    } catch {
      preconditionFailure("a whole log can't be read: \(error)")
    }
  }

  /// Adds an entry, cuts what was there in halves, and adds another.
  /// - Returns: what must be there from now on.
  private func write(to log: DiskLog, after before: [LogPoint]) -> [LogPoint] {
    var points = before
    append(to: log, &points)
    guard points.count > 1, log.trouble == nil else { return points }
    let kept = points.count / 2
    guard (try? log.cut(after: Offset(UInt64(kept)))) != nil else { return log.trouble == nil ? [] : points }
    points.removeLast(points.count - kept)
    precondition(log.end.lastPoint == points.last ?? log.end.lastPoint, "a cut left another end")
    append(to: log, &points)
    return points
  }

  private func append(to log: DiskLog, _ points: inout [LogPoint]) {
    guard let offset = try? log.append(payload: [1, 2, 3], epoch: log.end.lastPoint.epoch, time: 1) else {
      return precondition(log.trouble != nil, "nothing is wrong, and yet an entry is refused")
    }
    points.append(log.end.lastPoint)
    precondition(offset == log.end.last && offset.rawValue == UInt64(points.count), "entry \(offset) after \(points)")
    var steps = 0
    while log.commitOnce() {
      steps += 1
      precondition(steps < 16, "a commit doesn't end")
    }
    precondition(log.end.durable == offset, "entry \(offset) isn't durable: \(log.trouble, default: "no trouble")")
  }

  /// What was durable is there after a loss of power, and whole.
  private func reopen(expecting expected: [LogPoint]) {
    let disk = disk.powerLoss(keeping: .nothing)
    do {
      let log = try DiskLog.open(in: disk, options: Self.options)
      precondition(points(of: log) == expected && log.trouble == nil, "not what was durable: \(log.end)")
      log.close()
      let report = try Verify.run(disk)
      precondition(report.isWhole && report.tornTail == nil, "\(report.problems)")
    } catch {
      preconditionFailure("what was closed doesn't open: \(error)")
    }
  }

  /// Reads all bytes of an entry, so that the sanitizer sees where they lie.
  @discardableResult
  private static func touch(_ entry: EntryView) -> Bool {
    var sum: UInt64 = 0
    for bytes in [entry.fields, entry.payload, entry.bytes] { for byte in bytes { sum &+= UInt64(byte) } }
    return sum <= .max
  }
}
