/// The node record on the disk: twice, in `node-a` and `node-b`.
///
/// A copy is replaced as a whole, by a synced file that takes its name; first a, then b. So a crash leaves each copy
/// old or new, and at least one of them whole.
enum NodeFiles {
  /// The names of the two copies, in the order in which they are written.
  static let names = ["node-a", "node-b"]
  /// The space for both.
  static let bytes = 2 * Block.bytes
  /// What a copy is called until it is whole.
  static let unfinishedSuffix = ".new"

  /// What one copy is.
  enum Copy: Hashable, Sendable {
    case missing
    case whole(NodeRecord)
    case broken(FormatError)

    var record: NodeRecord? { if case .whole(let record) = self { record } else { nil } }
  }

  /// The record, and mends the other copy where it is missing, broken or older. On a full disk that is left for a later load or
  /// `store`: what the node is can be told from one.
  /// - Returns: nil if neither copy is there.
  /// - Throws: `StorageError` if no copy is whole, both contradict each other, a later version wrote one, or a file
  ///   fails.
  static func load(from files: any FileSystem) throws(StorageError) -> NodeRecord? {
    let copies = try StorageError.wrapping { () throws(FileError) in
      try names.map { name throws(FileError) in try read(name, in: files) }
    }
    guard let record = try newest(of: copies) else { return nil }
    try StorageError.wrapping { () throws(FileError) in
      do throws(FileError) {
        for (name, copy) in zip(names, copies) where copy != .whole(record) {
          try replace(name, with: record, in: files)
        }
      } catch {
        guard error.isFull else { throw error }
      }
    }
    return record
  }

  /// Makes a record durable, in both copies.
  /// - Throws: `FileError`, and then either the old or the new record is what a later `load` finds.
  static func store(_ record: NodeRecord, in files: any FileSystem) throws(FileError) {
    for name in names { try replace(name, with: record, in: files) }
  }

  /// The valid record of two copies; nil if both are missing.
  /// - Throws: `StorageError`, as `load`.
  static func newest(of copies: [Copy]) throws(StorageError) -> NodeRecord? {
    for (name, copy) in zip(names, copies) {
      if case .broken(.futureVersion(let version)) = copy { throw .futureVersion(file: name, version: version) }
    }
    let records = copies.compactMap(\.record)
    guard let record = records.max(by: { $0.generation < $1.generation }) else {
      let reasons = zip(names, copies).map { name, copy in
        if case .broken(let error) = copy { "\(name): \(error)" } else { "\(name) is missing" }
      }
      if copies.allSatisfy({ $0 == .missing }) { return nil }
      throw .identityLost(reason: reasons.joined(separator: "; "))
    }
    guard records.allSatisfy({ $0.generation < record.generation || $0 == record }) else {
      throw .identityLost(reason: "\(names[0]) and \(names[1]) contradict each other")
    }
    return record
  }

  /// One copy as it is; changes nothing.
  static func read(_ name: String, in files: any FileSystem) throws(FileError) -> Copy {
    let file: any File
    do throws(FileError) {
      file = try files.open(name, isWritable: false)
    } catch {
      if error.isMissing { return .missing }
      throw error
    }
    defer { file.close() }
    // One byte more than a record has shows whether something follows it.
    let bytes = try file.read(Block.bytes + 1, at: 0)
    do throws(FormatError) {
      return .whole(try NodeRecord(decoding: bytes))
    } catch {
      return .broken(error)
    }
  }

  private static func replace(_ name: String, with record: NodeRecord, in files: any FileSystem) throws(FileError) {
    let unfinished = name + unfinishedSuffix
    do throws(FileError) { try files.remove(unfinished) } catch { if !error.isMissing { throw error } }
    let file = try files.create(unfinished)
    defer { file.close() }
    try file.write(record.encoded(), at: 0)
    try file.sync()
    try files.rename(unfinished, to: name)
    try files.syncFolder()
  }
}
