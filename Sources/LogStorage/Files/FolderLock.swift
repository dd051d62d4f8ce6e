internal import Glibc

/// One process per folder, by `flock(2)` on the file `lock`. Held as long as this object lives; the system lets go of
/// it when the process ends, however it ends.
final class FolderLock: Sendable {
  /// The file's name.
  static let name = "lock"

  private let descriptor: Int32

  /// Takes the lock, at once or not at all.
  /// - Parameters:
  ///   - folder: an open folder.
  ///   - path: its path, for messages.
  /// - Throws: `StorageError.inUse`, or `.unusableFolder` if the file can't be created.
  init(in folder: Int32, path: String) throws(StorageError) {
    do throws(FileError) {
      descriptor = try SystemCall.retrying("open", Self.name) {
        openat(folder, Self.name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
      }
    } catch {
      throw .unusableFolder(path: path, code: error.code)
    }
    do throws(FileError) {
      try SystemCall.retrying("lock", Self.name) { flock(descriptor, LOCK_EX | LOCK_NB) }
    } catch {
      _ = Glibc.close(descriptor)
      if error.code == EWOULDBLOCK { throw .inUse(path: path) }
      throw .unusableFolder(path: path, reason: "\(error)")
    }
  }

  deinit {
    _ = Glibc.close(descriptor)
  }
}
