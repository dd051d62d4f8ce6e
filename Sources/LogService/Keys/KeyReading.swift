import ReplicationCore

/// Reads the keys of all entries of a log, as a master does once before it takes requests with keys.
struct KeyReading {
  let log: any Log
  /// The last entry to look at.
  let last: Offset

  /// How many bytes of entries are read at once.
  private static let pieceBytesMax = 1 << 20

  /// - Returns: the index; nil if the task was cancelled.
  /// - Throws: `LogReadError` where the log can't be read.
  func run() async throws -> KeyIndex? {
    var index = KeyIndex()
    var next = Offset(1)
    let generation = log.end.generation
    while next <= last {
      guard !Task.isCancelled else { return nil }
      guard let run = try log.runEnd(from: next, bytesMax: Self.pieceBytesMax, entriesMax: .max) else { break }
      let end = min(run.last, last)
      try log.read(from: next, through: end, generation: generation).forEach { entry in
        guard let key = entry.key else { return }
        index.note(key.hash, at: entry.offset)
      }
      next = end.next
      await Task.yield()
    }
    return index
  }
}
