import ReplicationCore

/// Reads the keys of a log's entries.
struct KeyReading {
  let log: any Log
  /// The last entry to look at.
  let last: Offset
  /// How long to pause after a piece, for each second that it took; 0: not at all.
  var pauseFactor = 0.0

  /// What was read.
  struct Result {
    var keys: LogKeys
    /// The entries that were read for it.
    var entries: UInt64 = 0
    /// Their size.
    var bytes: UInt64 = 0
  }

  /// How many bytes of entries are read at once.
  private static let pieceBytesMax = 1 << 20

  /// - Parameter known: the keys up to a point of the log: reading begins after it.
  /// - Throws: `LogReadError` where the log can't be read, `CancellationError`.
  func run(from known: consuming LogKeys) async throws -> Result {
    var result = Result(keys: known)
    let generation = log.end.generation
    while result.keys.point.offset < last {
      try Task.checkCancellation()
      let begin = ContinuousClock.now
      let next = result.keys.point.offset.next
      guard let found = try log.runEnd(from: next, bytesMax: Self.pieceBytesMax, entriesMax: .max) else { break }
      let run = try log.read(from: next, through: min(found.last, last), generation: generation)
      run.forEach { entry in
        if let key = entry.key { result.keys.index.note(key.hash, at: entry.offset) }
        result.keys.point = entry.point
      }
      result.entries += run.count
      result.bytes += UInt64(run.bytes.count)
      await Task.yield()
      if pauseFactor > 0 { try await Task.sleep(for: (ContinuousClock.now - begin) * pauseFactor) }
    }
    return result
  }
}
