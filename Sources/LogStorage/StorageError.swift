public import ReplicationCore

/// Why a folder with a log can't be opened or read. One clear line each.
public enum StorageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A call on a file failed.
  case file(FileError)
  /// The folder can't be used: the path and why.
  case unusableFolder(path: String, reason: String)
  /// Another process has the folder.
  case inUse(path: String)
  /// A file was written, wholly, by a later version of this program.
  case futureVersion(file: String, version: UInt32)
  /// What says which node this is can't be read, in neither copy.
  case identityLost(reason: String)
  /// A part of the log is not what was written.
  case damaged(LogDamage)
  /// There is no log in the folder.
  case noLog

  /// One line for people.
  public var description: String {
    switch self {
    case .file(let error): error.description
    case .unusableFolder(let path, let reason): "can't use the folder \(path): \(reason)"
    case .inUse(let path): "another process uses the folder \(path)"
    case .futureVersion(let file, let version):
      "\(file) has format version \(version), which a later version of this program wrote"
    case .identityLost(let reason): "cannot tell who this node is: \(reason)"
    case .damaged(let damage): "the log is \(damage)"
    case .noLog: "the folder holds no log"
    }
  }
}

extension StorageError {
  /// Runs what may only fail on a file.
  static func wrapping<Result>(_ body: () throws(FileError) -> Result) throws(StorageError) -> Result {
    do throws(FileError) {
      return try body()
    } catch {
      throw .file(error)
    }
  }
}
