public import ReplicationCore

/// Showing what a log holds. It only reads, and a process may be using the folder. Memory stays constant but for one
/// entry.
///
/// Each entry is checked before it is shown. The walk ends at damage with an error, after all that is whole before it;
/// a torn tail after what is known to be durable is where the log ends, no damage.
public enum Dump {
  /// Walks the entries of a node's folder.
  /// - Parameters:
  ///   - files: the folder, such as one opened by `SystemFileSystem.openForReading`.
  ///   - from: the first entry to show, at least 1; nothing is shown if the log ends before it.
  ///   - limit: how many entries to show at the most; nil for all.
  ///   - body: gets an entry, valid only inside the call; false ends the walk. On the calling thread.
  /// - Throws: `StorageError.damaged` at damage, `.file` if the folder can't be listed, `.futureVersion` if a later
  ///   program wrote a file, and `.noLog` if no log is there.
  public static func folder(
    _ files: any FileSystem, from: Offset = Offset(1), limit: UInt64? = nil, _ body: (EntryView) -> Bool
  ) throws(StorageError) {
    try Verify.requireLog(in: files)
    let mark = try Verify.readMark(files)?.latest
    var names = FolderContent.segments(try StorageError.wrapping { () throws(FileError) in try files.names() })
    if let last = names.last, !holds(last, upTo: mark), isUnfinished(last, in: files) { names.removeLast() }
    try requireBeginning(names, from: from, mark: mark)
    let begin = names.lastIndex { SegmentHeader.first(ofName: $0).map { $0 <= from } ?? false } ?? 0
    var walk = Walk(from: from, left: limit ?? .max)
    var previous: LogPoint?
    for (index, name) in names.enumerated().dropFirst(begin) where walk.left > 0 {
      let next = index + 1 < names.count ? SegmentHeader.first(ofName: names[index + 1]) : nil
      let expected = next?.previous ?? mark?.point.offset ?? .zero
      let segment = try Segment.open(name, in: files, isWritable: false)
      defer { segment.close() }
      if let previous, previous != segment.header.base {
        let reason = "it continues \(segment.header.base), and the segment before ends with \(previous)"
        throw .damaged(LogDamage(file: name, position: 0, offset: segment.header.first, reason: reason))
      }
      let end = try walk.scan(segment, upTo: next?.previous, body)
      if end.cause == .stopped { return }
      if let damage = end.damage(in: name, expecting: expected) { throw .damaged(damage) }
      previous = end.point
    }
  }

  /// Walks the entries of one segment file: one that was set aside, or one of a folder.
  /// - Parameters:
  ///   - name: the file's name.
  ///   - files: the folder that it lies in.
  ///   - from: the first entry to show; those before it are skipped.
  ///   - limit: how many entries to show at the most; nil for all.
  ///   - body: gets an entry, valid only inside the call; false ends the walk. On the calling thread.
  /// - Throws: `StorageError.damaged` at the first thing that is neither an entry nor reserved space, `.file`, or
  ///   `.futureVersion`.
  public static func file(
    _ name: String, in files: any FileSystem, from: Offset = Offset(1), limit: UInt64? = nil,
    _ body: (EntryView) -> Bool
  ) throws(StorageError) {
    let segment = try Segment.open(name, in: files, isWritable: false)
    defer { segment.close() }
    var walk = Walk(from: from, left: limit ?? .max)
    guard walk.left > 0 else { return }
    let end = try walk.scan(segment, upTo: nil, body)
    if case .broken = end.cause, let damage = end.damage(in: name, expecting: end.point.offset.next) {
      throw .damaged(damage)
    }
  }

  /// Sees to it that the first segment to show is there.
  private static func requireBeginning(
    _ names: [String], from: Offset, mark: DurableMark?
  ) throws(StorageError) {
    let first = names.first.flatMap(SegmentHeader.first(ofName:))
    let missing = LogDamage(
      file: SegmentHeader.name(first: Offset(1)), position: 0, offset: Offset(1),
      reason: "the segment that begins the log is missing")
    let isMissing =
      if let first { first > max(from, Offset(1)) } else { mark.map { $0.point.offset > .zero } ?? false }
    if isMissing { throw .damaged(missing) }
  }

  /// Whether a segment is known to hold durable entries.
  private static func holds(_ name: String, upTo mark: DurableMark?) -> Bool {
    guard let mark, let first = SegmentHeader.first(ofName: name) else { return false }
    return mark.point.offset >= first
  }

  private static func isUnfinished(_ name: String, in files: any FileSystem) -> Bool {
    (try? Segment.isUnfinished(name, in: files)) ?? false
  }

  /// What is left to show.
  private struct Walk {
    let from: Offset
    var left: UInt64

    mutating func scan(
      _ segment: Segment, upTo last: Offset?, _ body: (EntryView) -> Bool
    ) throws(StorageError) -> SegmentScanEnd {
      var left = left
      defer { self.left = left }
      let from = from
      do throws(FileError) {
        return try segment.scan(upTo: last) { entry, _ in
          if entry.offset < from { return true }
          left -= 1
          return body(entry) && left > 0
        }
      } catch {
        throw .damaged(LogDamage(file: segment.name, position: 0, offset: segment.header.first, reason: "\(error)"))
      }
    }
  }
}
