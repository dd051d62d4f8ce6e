internal import ReplicationCore

/// The check of a node's folder: every file, and every record in it. It only reads, and a process may be using the
/// folder: then it checks what is there.
public enum Verify {
  /// Checks a folder. Takes as long as reading all of it; memory stays constant but for one entry.
  /// - Parameters:
  ///   - files: the folder, such as one opened by `SystemFileSystem.openForReading`.
  ///   - progress: called now and then with how many bytes of how many are done, on the calling thread.
  /// - Throws: `StorageError.file` if the folder can't be listed, `.futureVersion` if a later program wrote a file, and
  ///   `.noLog` if no log is there. Damage is not thrown, it is reported.
  public static func run(
    _ files: any FileSystem, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws(StorageError) -> VerifyReport {
    try requireLog(in: files)
    var report = VerifyReport()
    let copies = try checkNode(files, &report)
    let mark = try readMark(files)
    // Listed after the mark was read: what it says is durable is there, even while the node goes on.
    let names = try StorageError.wrapping { () throws(FileError) in try files.names() }
    let segments = FolderContent.segments(names)
    report.segments = segments.count
    judge(copies, hasSegments: !segments.isEmpty, &report)
    judge(mark, segments: segments, &report)
    judgeKeys(files, &report)
    var check = SegmentsCheck(files: files, names: segments, mark: mark?.latest, report: report)
    try check.run(progress: progress)
    return check.report
  }

  /// Sees to it that a wrong path isn't taken for an empty log.
  static func requireLog(in files: any FileSystem) throws(StorageError) {
    let names = try StorageError.wrapping { () throws(FileError) in try files.names() }
    guard names.contains(where: FolderContent.isOfALog) else {
      throw .noLog
    }
  }

  /// Both copies of the node record, and what they say.
  private static func checkNode(
    _ files: any FileSystem, _ report: inout VerifyReport
  ) throws(StorageError) -> [NodeFiles.Copy] {
    let copies = try StorageError.wrapping { () throws(FileError) in
      try NodeFiles.names.map { name throws(FileError) in try NodeFiles.read(name, in: files) }
    }
    do throws(StorageError) {
      let record = try NodeFiles.newest(of: copies)
      report.node = record?.node
      report.identity = record?.identity
    } catch {
      guard case .identityLost(let reason) = error else { throw error }
      report.problems.append(.init(file: NodeFiles.names[0], position: nil, offset: nil, reason: reason))
    }
    return copies
  }

  private static func judge(_ copies: [NodeFiles.Copy], hasSegments: Bool, _ report: inout VerifyReport) {
    let generation = copies.compactMap(\.record?.generation).max()
    for (name, copy) in zip(NodeFiles.names, copies) {
      switch copy {
      case .broken(let error):
        report.problems.append(.init(file: name, position: 0, offset: nil, reason: "\(error)"))
      case .missing:
        let finding = VerifyReport.Finding(file: name, position: nil, offset: nil, reason: "it is missing")
        // A crash while the folder was made leaves one of them, and no segment.
        let isDamage = hasSegments || generation == nil
        if isDamage { report.problems.append(finding) } else { report.remarks.append(finding) }
      case .whole(let record) where record.generation != generation:
        let reason = "it is older than the other copy"
        report.remarks.append(.init(file: name, position: nil, offset: nil, reason: reason))
      case .whole: break
      }
    }
  }

  /// The durable mark. While a node writes it, a slot may be seen half written: then another look shows it whole.
  static func readMark(_ files: any FileSystem) throws(StorageError) -> DurableMarkFile.Content? {
    var content = try DurableMarkFile.inspect(in: files)
    for _ in 0..<3 where content?.problem != nil { content = try DurableMarkFile.inspect(in: files) }
    return content
  }

  private static func judge(_ mark: DurableMarkFile.Content?, segments: [String], _ report: inout VerifyReport) {
    report.durable = mark?.latest?.point.offset
    report.commit = mark?.latest?.commit
    var reason = mark?.problem
    if mark == nil, !segments.isEmpty { reason = "it is missing" }
    // Both slots are written before the first segment begins.
    if let mark, mark.problem == nil, mark.isIncomplete, !segments.isEmpty { reason = "a mark in it is lost" }
    guard let reason else { return }
    report.problems.append(.init(file: DurableMarkFile.name, position: nil, offset: nil, reason: reason))
  }

  /// A start does without the keys' file where it is not whole.
  private static func judgeKeys(_ files: any FileSystem, _ report: inout VerifyReport) {
    do throws(FormatError) {
      try KeysFile.check(in: files)
    } catch {
      report.remarks.append(
        .init(file: KeysFile.name, position: nil, offset: nil, reason: "it will not be used: \(error)"))
    }
  }
}
