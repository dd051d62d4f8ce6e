internal import Locking
internal import ReplicationCore

/// One segment file: a header, entries without a gap, then zeros.
///
/// Any thread may read while the storage thread writes at the end. What is read is checked: nothing is handed out that
/// isn't what was written.
final class Segment: Sendable {
  /// The file's name.
  let name: String
  /// What stands at its beginning.
  let header: SegmentHeader
  /// The open file. Its owner writes entries there, one after the other from `SegmentHeader.bytes` on.
  let file: any File
  let index: Locked<SparseIndex>

  private init(name: String, header: SegmentHeader, file: any File) {
    self.name = name
    self.header = header
    self.file = file
    index = Locked(SparseIndex(origin: .init(offset: header.first, position: SegmentHeader.bytes)))
  }

  deinit {
    // With the last reader: nobody finds it closed, and the space of a removed one is free again.
    file.close()
  }

  /// Creates a segment: when it returns, the file, its header and its name are durable.
  /// - Parameters:
  ///   - header: the log and the point before the first entry.
  ///   - name: the file's name; its first offset's, if nil.
  ///   - bytes: how much space to reserve, the header included.
  /// - Throws: `FileError`, and then the file is removed again if that is possible.
  static func create(
    _ header: SegmentHeader, named name: String? = nil, in files: any FileSystem, reserving bytes: Int
  ) throws(FileError) -> Segment {
    let name = name ?? SegmentHeader.name(first: header.first)
    let file = try files.create(name)
    do throws(FileError) {
      try file.reserve(from: 0, to: max(bytes, SegmentHeader.bytes))
      try file.write(header.encoded(), at: 0)
      try file.sync()
      try files.syncFolder()
    } catch {
      file.close()
      try? files.remove(name)
      throw error
    }
    return Segment(name: name, header: header, file: file)
  }

  /// Opens a segment and checks its header.
  /// - Parameters:
  ///   - name: a segment's name, which must fit the header, or any other.
  ///   - isWritable: whether its owner will write to it.
  /// - Throws: `StorageError.file`, `.futureVersion`, or `.damaged` if the header isn't whole or belongs to another
  ///   file.
  static func open(_ name: String, in files: any FileSystem, isWritable: Bool) throws(StorageError) -> Segment {
    let file = try StorageError.wrapping { () throws(FileError) in try files.open(name, isWritable: isWritable) }
    do throws(StorageError) {
      return Segment(name: name, header: try readHeader(of: file, name: name), file: file)
    } catch {
      file.close()
      throw error
    }
  }

  /// Whether a file is a segment whose creation was never finished: its header isn't whole, and nothing follows it, so
  /// that no entry was ever in it.
  static func isUnfinished(_ name: String, in files: any FileSystem) throws(FileError) -> Bool {
    let file = try files.open(name, isWritable: false)
    defer { file.close() }
    if (try? SegmentHeader(decoding: try file.read(SegmentHeader.bytes, at: 0))) != nil { return false }
    let window = try FileWindow(file, stepBytes: Segment.scanBytes)
    return try window.lastNonZeroEnd(from: SegmentHeader.bytes) == SegmentHeader.bytes
  }

  /// Notes where an entry begins, while writing or scanning in order. After entries were cut, the first one written
  /// anew must be noted.
  func noteEntry(offset: Offset, position: Int) {
    index.withLock { $0.note(.init(offset: offset, position: position)) }
  }

  /// Forgets the index, to free its memory; it is built again when it is needed.
  func forgetIndex() {
    index.withLock { $0.removeAll() }
  }

  /// Closes the file.
  func close() { file.close() }

  private static func readHeader(of file: any File, name: String) throws(StorageError) -> SegmentHeader {
    let first = SegmentHeader.first(ofName: name)
    func damaged(_ reason: String) -> StorageError {
      .damaged(LogDamage(file: name, position: 0, offset: first ?? .zero, reason: reason))
    }
    let block = try StorageError.wrapping { () throws(FileError) in try file.read(SegmentHeader.bytes, at: 0) }
    let header: SegmentHeader
    do throws(FormatError) {
      header = try SegmentHeader(decoding: block)
    } catch {
      if case .futureVersion(let version) = error { throw .futureVersion(file: name, version: version) }
      throw damaged("\(error)")
    }
    guard first == nil || first == header.first else {
      throw damaged("it holds the segment that begins with \(header.first)")
    }
    return header
  }
}
