internal import Locking
public import ReplicationCore

extension DiskLog {
  /// Opens the log in a folder, or begins one in an empty folder. Starts no thread: `start` does.
  ///
  /// Reads every segment's header and the last segment's entries. What was never known to be durable and isn't whole is cut
  /// (`recovery`); damage is left as it is, and is the log's `trouble`. A disk that is full or can't take a new segment is no
  /// reason not to open: then the log is in `trouble`, and can be read.
  /// - Parameters:
  ///   - fileSystem: the folder; nobody else may change it while the log is open.
  ///   - options: how to use it.
  ///   - newNode: which node it is if the folder is empty; random, if nil.
  /// - Throws: `StorageError`: a file can't be opened, read or synced, is of a later version, or doesn't say which node it is.
  public static func open(
    in fileSystem: any FileSystem, options: DiskLogOptions, newNode: NodeID? = nil
  ) throws(StorageError) -> DiskLog {
    let names = try StorageError.wrapping { () throws(FileError) in
      // A process that was killed may have left names that a loss of power would still bring back or take away.
      try fileSystem.syncFolder()
      return try fileSystem.names()
    }
    let record = try loadOrMakeRecord(in: fileSystem, names: names, newNode: newNode)
    let markFile = try DurableMarkFile.open(in: fileSystem)
    var recovery = Recovery(fileSystem, log: record.identity.log, markFile)
    do throws(StorageError) {
      try recovery.run(names)
    } catch {
      markFile.close()
      throw error
    }
    let state = State(
      identity: record.identity, commitKnown: markFile.latest?.commit ?? .zero,
      tail: Tail(after: recovery.end, pieceBytes: options.memoryPieceBytes),
      durable: recovery.end, spans: recovery.spans, reservedEnd: recovery.spans.last?.endPosition ?? 0,
      damage: recovery.damage)
    let log = DiskLog(
      fileSystem, options, node: record.node, recovery: recovery.report, state,
      Files(mark: markFile, recordGeneration: record.generation))
    if recovery.damage == nil { log.files.withLock { log.beginFirst(&$0) } }
    return log
  }

  private static func loadOrMakeRecord(
    in fileSystem: any FileSystem, names: [String], newNode: NodeID?
  ) throws(StorageError) -> NodeRecord {
    if let record = try NodeFiles.load(from: fileSystem) { return record }
    if let name = names.filter(FolderContent.isOfALog).min() {
      throw .identityLost(reason: "\(NodeFiles.names.joined(separator: " and ")) are missing, and \(name) is there")
    }
    var generator = SystemRandomNumberGenerator()
    let record = NodeRecord(node: newNode ?? .random(using: &generator), identity: .none, generation: 1)
    try StorageError.wrapping { () throws(FileError) in try NodeFiles.store(record, in: fileSystem) }
    return record
  }

  /// Sees to it that there is a mark in both slots and a segment to write to.
  private func beginFirst(_ files: inout Files) {
    do throws(FileError) {
      // A slot that was never written would look like one that was lost.
      let slots = files.mark.latest == nil || files.mark.problem != nil ? 2 : 1
      for _ in 0..<slots {
        try files.mark.write(state.withLock(\.mark))
        try files.mark.sync()
      }
      if state.withLock({ $0.spans.isEmpty }) { try beginSegment(&files) }
    } catch {
      fail(error)
    }
  }
}
