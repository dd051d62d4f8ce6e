internal import Glibc

/// An open file of the operating system.
///
/// The descriptor is closed with the last reference: a reader on another thread never finds a different file under its
/// number.
final class SystemFile: File {
  private let descriptor: Int32
  private let name: String

  /// - Parameters:
  ///   - descriptor: open; belongs to this object from now on.
  ///   - name: for messages.
  init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
  }

  deinit {
    _ = Glibc.close(descriptor)
  }

  func size() throws(FileError) -> Int {
    var status = stat()
    try SystemCall.retrying("stat", name) { fstat(descriptor, &status) }
    return Int(status.st_size)
  }

  func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) throws(FileError) -> Int {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = try SystemCall.retrying("read", name) {
        pread(descriptor, rest.baseAddress, rest.count, off_t(position + done))
      }
      if count == 0 { break }
      done += count
    }
    return done
  }

  func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(FileError) {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let count = try SystemCall.retrying("write", name) {
        pwrite(descriptor, rest.baseAddress, rest.count, off_t(position + done))
      }
      // No system writes nothing without saying why; should one, this must not go round for ever.
      guard count > 0 else { throw FileError(operation: "write", name: name, code: EIO) }
      done += count
    }
  }

  func forgetCache() {
    _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
  }

  func reserve(from begin: Int, to end: Int) throws(FileError) {
    guard end > begin else { return }
    while true {
      // It is `fallocate(2)` under the name that Swift can see, and returns the error instead of setting `errno`.
      let code = posix_fallocate(descriptor, off_t(begin), off_t(end - begin))
      switch code {
      case 0: return
      case EINTR: continue
      case EOPNOTSUPP, EINVAL, ENOSYS: return try fillWithZeros(to: end)
      default: throw FileError(operation: "reserve", name: name, code: code)
      }
    }
  }

  func truncate(to size: Int) throws(FileError) {
    try SystemCall.retrying("truncate", name) { ftruncate(descriptor, off_t(size)) }
  }

  func sync() throws(FileError) {
    try SystemCall.retrying("sync", name) { fdatasync(descriptor) }
  }

  /// Says that nothing else will be called; see the type.
  func close() {}

  /// Makes the file longer by writing, for file systems that can't reserve. What the file holds stays as it is.
  func fillWithZeros(to end: Int) throws(FileError) {
    let zeros = [UInt8](repeating: 0, count: 256 << 10)
    var position = try size()
    while position < end {
      let count = min(zeros.count, end - position)
      var failure: FileError?
      zeros.withUnsafeBytes { raw in
        let part = UnsafeRawBufferPointer(rebasing: raw[..<count])
        do throws(FileError) { try write(part, at: position) } catch { failure = error }
      }
      if let failure { throw failure }
      position += count
    }
  }
}
