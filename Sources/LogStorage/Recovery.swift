internal import ReplicationCore

/// What a folder's segments come to when a log is opened.
///
/// Sealed segments are known by their headers: each ends where the next one begins. The entries of the last one are read and
/// checked. Where they stop being whole is either a torn end, which is cut, or damage, which is left alone: the durable mark
/// was only written after a sync, so what it speaks of was there.
struct Recovery {
  private let fileSystem: any FileSystem
  private let log: LogID
  private let markFile: DurableMarkFile

  /// The segments up to the first damage.
  private(set) var spans: [DiskLog.Span] = []
  /// The point of the last entry that is whole.
  private(set) var end: LogPoint
  /// What is damaged, and not merely torn.
  private(set) var damage: LogDamage?
  private(set) var report = RecoveryReport()

  /// - Parameters:
  ///   - fileSystem: the folder.
  ///   - log: which log must lie there.
  ///   - markFile: what is known to be durable.
  init(_ fileSystem: any FileSystem, log: LogID, _ markFile: DurableMarkFile) {
    self.fileSystem = fileSystem
    self.log = log
    self.markFile = markFile
    end = LogPoint(beginning: log)
  }

  /// Finds out all of it, and cuts a torn end.
  /// - Parameter names: of all files.
  mutating func run(_ names: [String]) throws(StorageError) {
    let segments = FolderContent.segments(names)
    for name in segments where damage == nil {
      try add(name, isLast: name == segments.last)
    }
    let isMarkExpected = !segments.isEmpty
    if isMarkExpected, let problem = markFile.problem { report.mended.append("\(DurableMarkFile.name): \(problem)") }
    if isMarkExpected, markFile.wasMissing { report.mended.append("\(DurableMarkFile.name) was missing") }
    try readLast()
    report.segments = spans.count
    report.entries = end.offset.rawValue
  }

  /// Takes in the next segment by its header.
  private mutating func add(_ name: String, isLast: Bool) throws(StorageError) {
    let segment: Segment
    do throws(StorageError) {
      segment = try Segment.open(name, in: fileSystem, isWritable: true)
    } catch {
      switch error {
      case .damaged(let found):
        if isLast, try removeUnfinished(name) { return }
        damage = found
      case .file(let failure) where failure.code == FileError.unreadable:
        damage = LogDamage(
          file: name, position: 0, offset: SegmentHeader.first(ofName: name) ?? end.offset.next, reason: "\(failure)")
      default: throw error
      }
      return
    }
    func damaged(_ reason: String, at offset: Offset) -> LogDamage {
      LogDamage(file: name, position: 0, offset: offset, reason: reason)
    }
    let base = segment.header.base
    if segment.header.log != log {
      if isLast, spans.isEmpty, try removeEmpty(segment) { return }
      damage = damaged("it belongs to log \(segment.header.log)", at: segment.header.first)
    } else if spans.isEmpty, base != LogPoint(beginning: log) {
      damage = damaged("the segments before it are missing", at: Offset(1))
    } else {
      let size = try StorageError.wrapping { () throws(FileError) in try segment.file.size() }
      spans.append(DiskLog.Span(segment: segment, endPosition: size))
    }
  }

  /// A crash while the last segment was created left something that never held an entry.
  private mutating func removeUnfinished(_ name: String) throws(StorageError) -> Bool {
    let isUnfinished = try StorageError.wrapping { () throws(FileError) in
      try Segment.isUnfinished(name, in: fileSystem)
    }
    guard isUnfinished, let first = SegmentHeader.first(ofName: name) else { return false }
    if let mark = markFile.latest { if mark.point.offset >= first { return false } } else { return false }
    try remove(name)
    report.mended.append("\(name) was never finished, and is removed")
    return true
  }

  /// A crash while an empty log got another id left its segment.
  private mutating func removeEmpty(_ segment: Segment) throws(StorageError) -> Bool {
    let scan = try StorageError.wrapping { () throws(FileError) in try segment.scan() }
    guard segment.header.base.offset == .zero, scan.point == segment.header.base, scan.brokenBytes == 0 else {
      return false
    }
    if let mark = markFile.latest, mark.point.offset > .zero { return false }
    try remove(segment.name)
    report.mended.append("\(segment.name) was of log \(segment.header.log) and empty, and is removed")
    return true
  }

  private func remove(_ name: String) throws(StorageError) {
    try StorageError.wrapping { () throws(FileError) in
      try fileSystem.remove(name)
      try fileSystem.syncFolder()
    }
  }

  // MARK: The last segment

  /// Reads the entries of the last segment that is there, and decides what its end means.
  private mutating func readLast() throws(StorageError) {
    guard let last = spans.last else {
      if damage == nil, let mark = markFile.latest, mark.point.offset > .zero {
        damage = LogDamage(
          file: SegmentHeader.name(first: Offset(1)), position: 0, offset: Offset(1), reason: "all segments are missing"
        )
      }
      return
    }
    let segment = last.segment
    let mark = markFile.latest
    // If a segment after it is damaged: what is said to be in that one is not looked for here.
    let lastMax = damage?.file != segment.name ? damage?.offset.previous : nil
    // Not even the header is known to be on the disk.
    var durableEnd = 0
    var atMark: LogPoint? = mark?.point.offset == segment.header.base.offset ? segment.header.base : nil
    var reached = (position: SegmentHeader.bytes, point: segment.header.base)
    var scanned: UInt64 = 0
    let scan: SegmentScanEnd
    do throws(FileError) {
      scan = try segment.scan(upTo: lastMax) { entry, position in
        reached = (position + entry.encodedBytes, entry.point)
        if entry.offset == mark?.point.offset { (atMark, durableEnd) = (entry.point, reached.position) }
        scanned += 1
        return true
      }
    } catch {
      // What can't be read may well be durable.
      damage = LogDamage(
        file: segment.name, position: reached.position, offset: reached.point.offset.next, reason: error.description)
      return setEnd(reached.point, position: reached.position, scanned: scanned)
    }
    setEnd(scan.point, position: scan.position, scanned: scanned)
    if let found = Self.damage(in: segment, scan, mark: mark, atMark: atMark, laterDamage: damage) {
      damage = found
      if found.offset <= end.offset { setEnd(segment.header.base, position: SegmentHeader.bytes, scanned: scanned) }
    }
    if damage == nil { try cutTail(of: segment, scan, durableEnd: durableEnd) }
  }

  private mutating func setEnd(_ point: LogPoint, position: Int, scanned: UInt64) {
    end = point
    spans[spans.count - 1].endPosition = position
    report.entriesScanned = scanned
  }

  /// Tells damage from a torn end.
  /// - Parameters:
  ///   - scan: where the whole entries end.
  ///   - mark: what is known to be durable.
  ///   - atMark: the point of the entry that the mark speaks of, if it was met.
  ///   - laterDamage: in a segment after this one.
  private static func damage(
    in segment: Segment, _ scan: SegmentScanEnd, mark: DurableMark?, atMark: LogPoint?, laterDamage: LogDamage?
  ) -> LogDamage? {
    let end = scan.point.offset
    func damaged(_ reason: String) -> LogDamage {
      LogDamage(file: segment.name, position: scan.position, offset: end.next, reason: reason)
    }
    if let laterDamage {
      return end < laterDamage.offset.previous ? damaged(words(scan)) : laterDamage
    }
    guard let mark else {
      // Nobody knows what was durable here.
      return scan.brokenBytes > 0 ? damaged("\(words(scan)); and \(DurableMarkFile.name) can't be read") : nil
    }
    if mark.point.offset > end {
      return damaged("\(words(scan)); entries up to \(mark.point.offset) were durable")
    }
    if let atMark, atMark != mark.point, mark.point.offset > .zero {
      let reason = "entry \(mark.point.offset) is not the one that was synced"
      return LogDamage(
        file: segment.name, position: SegmentHeader.bytes, offset: segment.header.first, reason: reason)
    }
    return nil
  }

  private static func words(_ scan: SegmentScanEnd) -> String {
    switch scan.cause {
    case .broken(let words): words
    case .zeros: "zeros where entry \(scan.point.offset.next) should be"
    case .fileEnd, .limit, .stopped: "the file ends where entry \(scan.point.offset.next) should be"
    }
  }

  /// Makes the last segment end with its last whole entry, and that durable.
  ///
  /// What was read may be in page cache only, and be clean there although it never reached the disk: a sync failed, and the
  /// process died. So what isn't known to be durable is written again, byte for byte where it is, before it is synced.
  private mutating func cutTail(
    of segment: Segment, _ scan: SegmentScanEnd, durableEnd: Int
  ) throws(StorageError) {
    if scan.brokenBytes > 0 {
      report.tornTail = RecoveryReport.TornTail(
        file: segment.name, offset: scan.point.offset.next, bytes: scan.brokenBytes, reason: Self.words(scan))
    }
    try StorageError.wrapping { () throws(FileError) in
      if try segment.file.size() > scan.position { try segment.file.truncate(to: scan.position) }
      var position = durableEnd
      while position < scan.position {
        let bytes = try segment.file.read(min(Segment.scanBytes, scan.position - position), at: position)
        guard !bytes.isEmpty else { throw FileError(operation: "read", name: segment.name, code: FileError.unreadable) }
        try segment.file.write(bytes, at: position)
        position += bytes.count
      }
      try segment.file.sync()
    }
  }
}
