public import ReplicationCore

/// The file `keys`: where a log holds the keys of requests, up to a point, so that a starting master reads only what follows.
///
/// It is a cache: what it says is in the log too. It counts only if it is whole and the log has its point, and then it is true,
/// whatever became of the log meanwhile. It is replaced as a whole, by a synced file that takes its name.
///
/// At most 4096 bytes, 16 for each key remembered exactly and the filter: 32 MiB; twice that while it is replaced. Any thread may
/// load it; the caller serialises what saves.
public struct KeysFile: Sendable {
  static let name = "keys"
  private static let unfinished = name + NodeFiles.unfinishedSuffix
  /// How much is written or read at once, in words of 8 bytes.
  private static let pieceWords = 1 << 17
  /// How much space must be left for the log when the file is written.
  static let spareBytes = 32 << 20

  private let files: any FileSystem
  private let log: LogID

  /// - Parameters:
  ///   - files: the node's folder.
  ///   - log: which log lies there.
  init(in files: any FileSystem, log: LogID) {
    self.files = files
    self.log = log
  }

  /// What it says. The caller has to see that the log has the point.
  /// - Parameter empty: an index of the size that is wanted.
  /// - Returns: nil if there is no such file.
  /// - Throws: `FormatError` if it can't be used: it is not whole, of another log, or of an index of another size.
  public func load(like empty: KeyIndex) throws(FormatError) -> LogKeys? {
    guard let file = try Self.open(in: files) else { return nil }
    defer { file.close() }
    let header = try Self.header(of: file)
    guard header.log == log else { throw .invalid("it is of another log, \(header.log)") }
    guard header.recentMax == empty.recentMax, header.filterBytes == empty.filterBytes else {
      throw .invalid("it is of an index of another size")
    }
    var words: [UInt64] = []
    words.reserveCapacity(header.wordCount)
    try Self.readBody(of: file, header) { words += $0 }
    let index = KeyIndex(
      recentMax: header.recentMax, filterBytes: header.filterBytes, count: header.count, words: words,
      last: header.point.offset)
    guard let index else { throw .invalid("no index is like that") }
    return LogKeys(index: index, point: header.point)
  }

  /// Puts another one in its place. What it is of must be durable. Where it fails the old one stays.
  /// - Parameter pieceWritten: called after each MiB; what it throws ends the saving.
  /// - Throws: `FileError`, and what `pieceWritten` throws.
  public func save(_ keys: LogKeys, pieceWritten: () async throws -> Void) async throws {
    try removeUnfinished()
    do {
      let file = try files.create(Self.unfinished)
      defer { file.close() }
      try await write(keys, to: file, pieceWritten)
      try files.rename(Self.unfinished, to: Self.name)
      try files.syncFolder()
    } catch {
      try? removeUnfinished()
      throw error
    }
  }

  private func write(_ keys: LogKeys, to file: any File, _ pieceWritten: () async throws -> Void) async throws {
    let size = KeysHeader(keys, log: log, bodyHash: 0).fileBytes
    // The last space belongs to the log.
    try file.reserve(from: 0, to: size + Self.spareBytes)
    try file.truncate(to: size)
    let words = keys.index.wordCount
    var hash: UInt64 = 0
    for begin in stride(from: 0, to: words, by: Self.pieceWords) {
      let piece = keys.index.words(begin..<min(begin + Self.pieceWords, words)).littleEndianBytes
      hash = piece.withUnsafeBytes { XXH64.hash($0, seed: hash) }
      try file.write(piece, at: Block.bytes + 8 * begin)
      // A little each time: the log's own syncs come in between.
      try file.sync()
      try await pieceWritten()
    }
    try file.write(KeysHeader(keys, log: log, bodyHash: hash).encoded(), at: 0)
    try file.sync()
  }

  private func removeUnfinished() throws(FileError) {
    do throws(FileError) { try files.remove(Self.unfinished) } catch { if !error.isMissing { throw error } }
  }

  /// Whether it is whole; memory stays constant.
  /// - Throws: `FormatError` if it is not. It may also be missing.
  static func check(in files: any FileSystem) throws(FormatError) {
    guard let file = try open(in: files) else { return }
    defer { file.close() }
    try readBody(of: file, try header(of: file)) { _ in }
  }

  private static func open(in files: any FileSystem) throws(FormatError) -> (any File)? {
    do throws(FileError) {
      return try files.open(name, isWritable: false)
    } catch {
      if error.isMissing { return nil }
      throw .invalid("\(error)")
    }
  }

  /// - Throws: `FormatError`, also if the file is not as long as the header says.
  private static func header(of file: any File) throws(FormatError) -> KeysHeader {
    let header = try KeysHeader(decoding: try reading { () throws(FileError) in try file.read(Block.bytes, at: 0) })
    guard try reading({ () throws(FileError) in try file.size() }) == header.fileBytes else {
      throw .invalid("it is not as long as it says")
    }
    return header
  }

  /// Hands out what follows the header, piece by piece: it may be believed when this returns.
  private static func readBody(
    of file: any File, _ header: KeysHeader, _ body: ([UInt64]) -> Void
  ) throws(FormatError) {
    var hash: UInt64 = 0
    for begin in stride(from: 0, to: header.wordCount, by: pieceWords) {
      let count = min(pieceWords, header.wordCount - begin)
      let piece = try reading { () throws(FileError) in try file.read(8 * count, at: Block.bytes + 8 * begin) }
      guard piece.count == 8 * count else { throw .invalid("it ends too early") }
      hash = piece.withUnsafeBytes { XXH64.hash($0, seed: hash) }
      body(piece.littleEndianWords)
    }
    guard hash == header.bodyHash else { throw .invalid("the checksum of what follows the header is wrong") }
  }

  private static func reading<Result>(_ read: () throws(FileError) -> Result) throws(FormatError) -> Result {
    do throws(FileError) { return try read() } catch { throw .invalid("\(error)") }
  }
}

extension DiskLog {
  /// What is kept of its keys.
  public var keysFile: KeysFile { KeysFile(in: fileSystem, log: identity.log) }
}

extension [UInt64] {
  fileprivate var littleEndianBytes: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 8 * count) { buffer, initialized in
      let raw = UnsafeMutableRawBufferPointer(buffer)
      for (index, word) in enumerated() {
        raw.storeBytes(of: word.littleEndian, toByteOffset: 8 * index, as: UInt64.self)
      }
      initialized = 8 * count
    }
  }
}

extension [UInt8] {
  fileprivate var littleEndianWords: [UInt64] {
    withUnsafeBytes { raw in
      (0..<count / 8).map { UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)) }
    }
  }
}
