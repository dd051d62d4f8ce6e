internal import Glibc

/// Creating a folder with the folders above it, so that it is still there after a loss of power.
enum FolderCreation {
  /// Creates what is missing of a path, each folder with mode 0700, and syncs the folder that got a new one.
  /// - Throws: `StorageError.unusableFolder`.
  static func createFolders(_ path: String) throws(StorageError) {
    guard !path.isEmpty else { throw .unusableFolder(path: path, reason: "the path is empty") }
    var existing = path
    var missing: [String] = []
    while access(existing, F_OK) != 0 {
      // The current folder is missing only if it was removed under this process.
      guard errno == ENOENT, existing != "." else { throw .unusableFolder(path: path, code: errno) }
      missing.append(existing)
      existing = parent(of: existing)
    }
    for folder in missing.reversed() {
      do throws(FileError) {
        try SystemCall.retrying("create", "") { mkdir(folder, 0o700) }
      } catch {
        // Somebody else may have created it in the meantime.
        guard error.code == EEXIST else { throw .unusableFolder(path: path, code: error.code) }
      }
      try sync(parent(of: folder), for: path)
    }
  }

  /// The path without its last part: "." for a bare name.
  static func parent(of path: String) -> String {
    var parts = Substring(path)
    while parts.count > 1, parts.last == "/" { parts.removeLast() }
    guard let slash = parts.lastIndex(of: "/") else { return "." }
    parts = parts[..<slash]
    while parts.count > 1, parts.last == "/" { parts.removeLast() }
    return parts.isEmpty ? "/" : String(parts)
  }

  private static func sync(_ folder: String, for path: String) throws(StorageError) {
    do throws(FileError) {
      let descriptor = try SystemCall.retrying("open", "") { open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
      defer { _ = Glibc.close(descriptor) }
      try SystemCall.retrying("sync", "") { fsync(descriptor) }
    } catch {
      throw .unusableFolder(path: path, reason: "\(folder): \(String(cString: strerror(error.code)))")
    }
  }
}
