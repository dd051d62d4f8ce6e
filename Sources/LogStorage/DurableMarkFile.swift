internal import Locking

/// The file `durable`: two slots of one block each, written in turn, so that the one that isn't being written stays
/// whole.
///
/// One thread at a time may write. Writing doesn't sync: a mark that is lost with the power was true, and so is the
/// older one.
final class DurableMarkFile: Sendable {
  /// The file's name.
  static let name = "durable"
  /// Two slots.
  static let bytes = 2 * Block.bytes

  /// What the two slots say.
  struct Content: Hashable, Sendable {
    /// The valid mark of the higher generation; nil if none was ever written, or none is whole.
    var latest: DurableMark?
    /// The generation of `latest`; 0 without one.
    var generation: UInt64 = 0
    /// Which slot holds `latest`.
    var slot = 1
    /// What is wrong with slots that aren't whole, in words; nil if nothing is. A broken slot beside a whole one may be
    /// a torn write.
    var problem: String?
    /// Whether a slot is missing or holds only zeros: the log was never begun, or what was written there is lost.
    var isIncomplete = false
  }

  private let file: any File
  private let content: Locked<Content>
  /// Whether `open` found no file and made one.
  let wasMissing: Bool

  /// The valid mark of the higher generation; nil if none was ever written, or none is whole.
  var latest: DurableMark? { content.withLock { $0.latest } }

  /// What is wrong with slots that aren't whole, in words.
  var problem: String? { content.withLock { $0.problem } }

  private init(file: any File, content: Content, wasMissing: Bool) {
    self.file = file
    self.content = Locked(content)
    self.wasMissing = wasMissing
  }

  /// Opens the file, and creates it where it is missing; makes it as long as it must be.
  /// - Throws: `StorageError` if a file fails or a later version wrote a slot.
  static func open(in files: any FileSystem) throws(StorageError) -> DurableMarkFile {
    let (file, wasMissing) = try StorageError.wrapping { () throws(FileError) in try openOrCreate(in: files) }
    let content: Content
    do throws(StorageError) {
      content = try read(file)
      try StorageError.wrapping { () throws(FileError) in
        // A crash while it was created, or damage, left it shorter: then what is missing is as if never written.
        let size = try file.size()
        if size < bytes { try file.reserve(from: 0, to: bytes) }
        if size > bytes { try file.truncate(to: bytes) }
        if size != bytes { try file.sync() }
        if wasMissing { try files.syncFolder() }
      }
    } catch {
      file.close()
      throw error
    }
    return DurableMarkFile(file: file, content: content, wasMissing: wasMissing)
  }

  /// What the file says, changing nothing; nil if there is none.
  /// - Throws: `StorageError` if a file fails or a later version wrote a slot.
  static func inspect(in files: any FileSystem) throws(StorageError) -> Content? {
    let file: any File
    do throws(FileError) {
      file = try files.open(name, isWritable: false)
    } catch {
      if error.isMissing { return nil }
      throw .file(error)
    }
    defer { file.close() }
    return try read(file)
  }

  /// Writes a mark over the older slot. Not synced.
  /// - Throws: `FileError`, and then the mark before is still there.
  func write(_ mark: DurableMark) throws(FileError) {
    let (slot, generation) = content.withLock { (1 - $0.slot, $0.generation + 1) }
    try file.write(mark.encoded(generation: generation), at: slot * Block.bytes)
    content.withLock {
      $0.latest = mark
      $0.generation = generation
      $0.slot = slot
    }
  }

  /// Makes the mark written last durable.
  func sync() throws(FileError) { try file.sync() }

  /// Closes the file.
  func close() { file.close() }

  private static func openOrCreate(in files: any FileSystem) throws(FileError) -> (any File, wasMissing: Bool) {
    do throws(FileError) {
      return (try files.open(name, isWritable: true), false)
    } catch {
      guard error.isMissing else { throw error }
      return (try files.create(name), true)
    }
  }

  private static func read(_ file: any File) throws(StorageError) -> Content {
    let bytes = try StorageError.wrapping { () throws(FileError) in try file.read(Self.bytes + 1, at: 0) }
    var content = Content()
    var problems: [String] = []
    for slot in 0..<2 {
      let begin = min(slot * Block.bytes, bytes.count)
      do throws(FormatError) {
        let (mark, generation) = try DurableMark.decode(Array(bytes[begin..<min(begin + Block.bytes, bytes.count)]))
        guard generation > content.generation else { continue }
        (content.latest, content.generation, content.slot) = (mark, generation, slot)
      } catch {
        switch error {
        case .zeros: content.isIncomplete = true
        case .futureVersion(let version): throw .futureVersion(file: name, version: version)
        case .truncated where !bytes[begin...].contains(where: { $0 != 0 }): content.isIncomplete = true
        default: problems.append("slot \(slot): \(error)")
        }
      }
    }
    if bytes.count < Self.bytes, content.latest != nil, problems.isEmpty { problems.append("the file is too short") }
    if bytes.count > Self.bytes { problems.append("something follows the slots") }
    content.problem = problems.isEmpty ? nil : problems.joined(separator: "; ")
    return content
  }
}
