import Glibc

/// One folder with the files of one log, as the log needs it: a real one, or a simulated one that loses power.
///
/// Nothing is durable before it is synced: a file's bytes by `File.sync`, names and their disappearance by `syncFolder`.
/// Any thread may call it. The caller serialises what changes one file, but for reading it and for reserving space that nobody
/// writes to yet.
public protocol FileSystem: Sendable {
  /// The names of all files in the folder, in no order.
  func names() throws(FileError) -> [String]

  /// Opens a file for reading, and for writing too if `isWritable`.
  /// - Throws: `FileError`; its `isMissing` tells that there is no such file.
  func open(_ name: String, isWritable: Bool) throws(FileError) -> any File

  /// Creates a file, mode 0600, and opens it for reading and writing. Throws if there is one.
  func create(_ name: String) throws(FileError) -> any File

  /// Gives a file another name; one that has it already is replaced, at one moment.
  func rename(_ name: String, to other: String) throws(FileError)

  /// Takes a name away.
  func remove(_ name: String) throws(FileError)

  /// Makes names durable: what was created, renamed or removed. `fsync(2)` of the folder.
  func syncFolder() throws(FileError)
}

/// One open file.
public protocol File: AnyObject, Sendable {
  /// How long it is, in bytes.
  func size() throws(FileError) -> Int

  /// Reads at most `buffer.count` bytes; fewer only at the file's end. `pread(2)`.
  /// - Returns: how many were read.
  func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) throws(FileError) -> Int

  /// Writes all bytes, in as many calls as it takes. `pwrite(2)`.
  func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(FileError)

  /// Makes sure that writing to this range can't fail for want of space; the file grows to its end. New bytes read as zero.
  /// `fallocate(2)`.
  func reserve(from begin: Int, to end: Int) throws(FileError)

  /// Makes the file as long as `size`. `ftruncate(2)`.
  func truncate(to size: Int) throws(FileError)

  /// Makes all that was written durable, and the length. `fdatasync(2)`.
  /// - Throws: `FileError`, after which nobody knows what of it is on the disk, and another sync would not tell.
  func sync() throws(FileError)

  /// Asks that what is read next comes from the disk and not from a cache, as far as the system does that.
  /// `posix_fadvise(2)`.
  func forgetCache()

  /// Closes it; nothing else may be called after. Closing syncs nothing.
  func close()
}

/// A call on a file failed.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was tried, such as "write".
  public let operation: String
  /// The file's name; empty for the folder.
  public let name: String
  /// `errno`.
  public let code: Int32

  /// - Parameters:
  ///   - operation: what was tried.
  ///   - name: the file's name; empty for the folder.
  ///   - code: `errno`.
  public init(operation: String, name: String, code: Int32) {
    self.operation = operation
    self.name = name
    self.code = code
  }

  /// Whether the disk or the user's share of it is full.
  public var isFull: Bool { code == ENOSPC || code == EDQUOT }
  /// Whether there is no such file.
  public var isMissing: Bool { code == ENOENT }

  /// One line for people.
  public var description: String {
    "\(operation) \(name.isEmpty ? "the folder" : name): \(String(cString: strerror(code)))"
  }
}

extension File {
  /// Reads a range as bytes; fewer than `count` only at the file's end.
  public func read(_ count: Int, at position: Int) throws(FileError) -> [UInt8] {
    var failure: FileError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(FileError) {
        initialized = try read(into: UnsafeMutableRawBufferPointer(buffer), at: position)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Writes all bytes.
  public func write(_ bytes: [UInt8], at position: Int) throws(FileError) {
    var failure: FileError?
    bytes.withUnsafeBytes { raw in
      do throws(FileError) { try write(raw, at: position) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}
