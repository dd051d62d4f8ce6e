import Foundation
import Glibc

/// A disk of a few megabytes: a tmpfs of its own, unmounted with the last reference. Needs root.
final class SmallDisk {
  private let folder: Folder
  /// Where it is.
  let path: String

  /// - Throws: ``HarnessError`` if it can't be mounted.
  init(megabytes: Int) throws {
    folder = try Folder()
    path = "\(folder.path)/disk"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    guard mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m") == 0 else {
      throw HarnessError("mount: \(String(cString: strerror(errno)))")
    }
  }

  deinit { umount2(path, Int32(MNT_DETACH)) }

  private var filler: String { "\(path)/filler" }

  /// Takes away all space but a few megabytes, as another program would.
  func fill(leaving megabytes: Int) throws {
    try free()
    guard let file = fopen(filler, "w") else { throw HarnessError("no filler") }
    defer { fclose(file) }
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { throw HarnessError("no statvfs") }
    let taken = Int(status.f_bavail) * Int(status.f_frsize) - megabytes << 20
    guard taken <= 0 || posix_fallocate(fileno(file), 0, taken) == 0 else {
      throw HarnessError("no space to take away")
    }
  }

  /// Gives the space back.
  func free() throws {
    try? FileManager.default.removeItem(atPath: filler)
  }

  /// Nothing can be written from now on.
  func makeReadOnly() throws {
    guard mount(nil, path, nil, UInt(MS_REMOUNT | MS_RDONLY), nil) == 0 else {
      throw HarnessError("remount: \(String(cString: strerror(errno)))")
    }
  }

  /// Whether it works here.
  static let isPossible: Bool = (try? SmallDisk(megabytes: 1)) != nil
}
