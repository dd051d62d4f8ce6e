internal import Glibc

/// A folder of the operating system. Files are reached through the folder's descriptor, so that it stays the same
/// folder whatever happens to its path.
public final class SystemFileSystem: FileSystem {
  private let folder: Int32
  private let lock: FolderLock?

  /// The folder's path as it was given.
  public let path: String

  /// Opens a node's folder for its one process, and creates it where it is missing, with mode 0700. The lock lasts as
  /// long as this object.
  /// - Parameter path: absolute, or from the current folder.
  /// - Throws: `StorageError.unusableFolder` if it is no folder, not allowed, read-only, or holds what isn't ours;
  ///   `.inUse` if another process has it.
  public static func open(_ path: String) throws(StorageError) -> SystemFileSystem {
    try FolderCreation.createFolders(path)
    let folder = try openFolder(path)
    do throws(StorageError) {
      try refuseForeign(folder, path: path)
      return SystemFileSystem(path: path, folder: folder, lock: try FolderLock(in: folder, path: path))
    } catch {
      _ = Glibc.close(folder)
      throw error
    }
  }

  /// Opens a folder for reading only: nothing is created or changed, and a process may be using it.
  /// - Parameter path: absolute, or from the current folder.
  /// - Throws: `StorageError.unusableFolder` if it is no folder or can't be read.
  public static func openForReading(_ path: String) throws(StorageError) -> SystemFileSystem {
    SystemFileSystem(path: path, folder: try openFolder(path), lock: nil)
  }

  private init(path: String, folder: Int32, lock: FolderLock?) {
    self.path = path
    self.folder = folder
    self.lock = lock
  }

  deinit {
    _ = Glibc.close(folder)
  }

  /// The names of all files in the folder.
  public func names() throws(FileError) -> [String] { try Self.names(in: folder) }

  /// Opens a file.
  public func open(_ name: String, isWritable: Bool) throws(FileError) -> any File {
    let descriptor = try SystemCall.retrying("open", name) {
      openat(folder, name, (isWritable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    }
    return SystemFile(descriptor: descriptor, name: name)
  }

  /// Creates a file, mode 0600.
  public func create(_ name: String) throws(FileError) -> any File {
    let descriptor = try SystemCall.retrying("create", name) {
      openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    }
    return SystemFile(descriptor: descriptor, name: name)
  }

  /// Gives a file another name.
  public func rename(_ name: String, to other: String) throws(FileError) {
    try SystemCall.retrying("rename", name) { renameat(folder, name, folder, other) }
  }

  /// Takes a name away.
  public func remove(_ name: String) throws(FileError) {
    try SystemCall.retrying("remove", name) { unlinkat(folder, name, 0) }
  }

  /// Makes names durable.
  public func syncFolder() throws(FileError) {
    try SystemCall.retrying("sync", "") { fsync(folder) }
  }

  private static func openFolder(_ path: String) throws(StorageError) -> Int32 {
    do throws(FileError) {
      return try SystemCall.retrying("open", "") { Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    } catch {
      throw .unusableFolder(path: path, code: error.code)
    }
  }

  private static func names(in folder: Int32) throws(FileError) -> [String] {
    // A descriptor of its own, which closedir closes; its position in the folder is not shared.
    let copy = try SystemCall.retrying("list", "") { openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard let stream = fdopendir(copy) else {
      let code = errno
      _ = Glibc.close(copy)
      throw FileError(operation: "list", name: "", code: code)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else { break }
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    guard errno == 0 else { throw FileError(operation: "list", name: "", code: errno) }
    return names
  }

  /// A folder that holds something and nothing of ours is somebody else's: nothing is put there.
  private static func refuseForeign(_ folder: Int32, path: String) throws(StorageError) {
    let names: [String]
    do throws(FileError) { names = try Self.names(in: folder) } catch {
      throw .unusableFolder(path: path, code: error.code)
    }
    guard !names.contains(where: FolderContent.isOfALog) else { return }
    guard let foreign = names.filter(FolderContent.isForeign).min() else { return }
    throw .unusableFolder(path: path, reason: "it holds \(foreign) and no log, so it is somebody else's")
  }
}

extension StorageError {
  /// A folder that a system call refused.
  static func unusableFolder(path: String, code: Int32) -> StorageError {
    .unusableFolder(path: path, reason: String(cString: strerror(code)))
  }
}
