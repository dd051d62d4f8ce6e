internal import Glibc
public import ReplicationCore

/// A log that is built beside a broken one and takes its place when it is whole, as `replog recover` does.
///
/// What was there is set aside, not deleted. A crash before `finish` leaves the old log as it was; one inside it leaves a folder
/// whose log has no node files, which no node opens, and another `recover` puts right.
public enum FolderReplacement {
  /// The folder, below the node's, in which the new log is built.
  static let building = "recovering"

  /// Makes the place for the new log; what an interrupted attempt left is removed.
  /// - Parameter path: the node's folder, which the caller has locked.
  /// - Returns: the path of the folder to build in.
  /// - Throws: `StorageError`.
  public static func begin(in path: String) throws(StorageError) -> String {
    let inner = "\(path)/\(building)"
    if access(inner, F_OK) == 0 {
      let files = try SystemFileSystem.open(inner)
      try StorageError.wrapping { () throws(FileError) in
        for name in try files.names() { try files.remove(name) }
      }
    }
    return inner
  }

  /// Sets aside what is in the node's folder and puts the new log in its place. Durable when it returns.
  /// - Parameters:
  ///   - path: the node's folder, which the caller has locked.
  ///   - files: the same, opened.
  /// - Returns: the name of the folder, below the node's, that holds what was there; nil if nothing was.
  /// - Throws: `StorageError`.
  public static func finish(in path: String, _ files: SystemFileSystem) throws(StorageError) -> String? {
    let inner = try SystemFileSystem.openForReading("\(path)/\(building)")
    return try StorageError.wrapping { () throws(FileError) in
      let names = try files.names()
      let old = names.filter { FolderContent.isOfALog($0) || $0.hasSuffix(NodeFiles.unfinishedSuffix) }
      var aside: String?
      if !old.isEmpty {
        var number = 1
        while names.contains("\(FolderContent.asidePrefix)recover-\(number)") { number += 1 }
        let name = "\(FolderContent.asidePrefix)recover-\(number)"
        try SystemCall.retrying("create", name) { mkdir("\(path)/\(name)", 0o700) }
        // Without node files it is no node's log any more: first they go, durably.
        for part in [old.filter(isNodeFile), old.filter { !isNodeFile($0) }] {
          for file in part {
            try SystemCall.retrying("rename", file) { rename("\(path)/\(file)", "\(path)/\(name)/\(file)") }
          }
          try syncFolder("\(path)/\(name)")
          try files.syncFolder()
        }
        aside = name
      }
      // What makes it a node's log comes last, when the rest is durably there.
      let new = try inner.names().filter(FolderContent.isOfALog)
      for part in [new.filter { !isNodeFile($0) }, new.filter(isNodeFile)] {
        for file in part {
          try SystemCall.retrying("rename", file) { rename("\(path)/\(building)/\(file)", "\(path)/\(file)") }
        }
        try files.syncFolder()
      }
      for file in try inner.names() { try inner.remove(file) }
      try SystemCall.retrying("remove", building) { rmdir("\(path)/\(building)") }
      try files.syncFolder()
      return aside
    }
  }

  /// The folders, below the node's, that hold what earlier recoveries set aside: one that was interrupted may have left there
  /// what was only here.
  /// - Parameter files: the node's folder.
  /// - Throws: `StorageError.file`.
  public static func asides(in files: SystemFileSystem) throws(StorageError) -> [String] {
    let names = try StorageError.wrapping { () throws(FileError) in try files.names() }
    return names.filter { $0.hasPrefix("\(FolderContent.asidePrefix)recover-") }.sorted()
  }

  /// What the folder's own node had promised, as far as that can be read.
  /// - Parameter files: the node's folder, or one that was set aside.
  public static func promise(in files: SystemFileSystem) -> Mastership? {
    NodeFiles.names.compactMap { (try? NodeFiles.read($0, in: files))?.record?.identity.promise }
      .max { $0.epoch < $1.epoch }
  }

  private static func isNodeFile(_ name: String) -> Bool {
    NodeFiles.names.contains { name.hasPrefix($0) }
  }

  private static func syncFolder(_ path: String) throws(FileError) {
    let folder = try SystemCall.retrying("open", path) { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    defer { _ = close(folder) }
    try SystemCall.retrying("sync", path) { fsync(folder) }
  }
}
