internal import Glibc

/// A part of a file in memory, for reading through it with few calls. For one thread.
///
/// Holds one buffer, which grows only for a caller that asks for more at once, and never beyond its `end`.
final class FileWindow {
  private let file: any File
  private let stepBytes: Int
  private var buffer: UnsafeMutableRawBufferPointer
  /// Where in the file the buffer's content begins, and its size.
  private var begin = 0
  private var count = 0

  /// Where reading ends.
  let end: Int

  /// A window on all that the file has now.
  /// - Parameters:
  ///   - file: open for reading.
  ///   - stepBytes: how much is read at once.
  convenience init(_ file: any File, stepBytes: Int) throws(FileError) {
    self.init(file, end: try file.size(), stepBytes: stepBytes)
  }

  /// - Parameters:
  ///   - file: open for reading.
  ///   - end: where reading ends.
  ///   - stepBytes: how much is read at once.
  init(_ file: any File, end: Int, stepBytes: Int) {
    self.file = file
    self.end = end
    self.stepBytes = stepBytes
    buffer = .allocate(byteCount: 0, alignment: 16)
  }

  deinit {
    buffer.deallocate()
  }

  /// The bytes at a place of the file; fewer than `wanted` only where reading ends. Valid until the next call.
  func bytes(at position: Int, count wanted: Int) throws(FileError) -> UnsafeRawBufferPointer {
    let needed = max(0, min(wanted, end - position))
    if position < begin || position + needed > begin + count { try fill(at: position, needed: needed) }
    let from = position - begin
    let available = max(0, min(needed, count - from))
    guard available > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    return UnsafeRawBufferPointer(rebasing: buffer[from..<from + available])
  }

  /// The place after the last byte at or after `position` that isn't zero; `position` if there is none.
  func lastNonZeroEnd(from position: Int) throws(FileError) -> Int {
    var last = position
    var place = position
    while place < end {
      let part = try bytes(at: place, count: stepBytes)
      guard !part.isEmpty else { break }
      if !Self.areZeros(part), let index = part.lastIndex(where: { $0 != 0 }) { last = place + index + 1 }
      place += part.count
    }
    return last
  }

  /// Equal to itself one byte later, and zero at first: `memcmp(3)` is as fast as memory is, and there are MiBs of them.
  private static func areZeros(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let start = bytes.baseAddress, bytes.count > 0 else { return true }
    return bytes[0] == 0 && memcmp(start, start + 1, bytes.count - 1) == 0
  }

  private func fill(at position: Int, needed: Int) throws(FileError) {
    let size = min(max(needed, stepBytes), max(0, end - position))
    count = 0
    if size > buffer.count {
      buffer.deallocate()
      buffer = .allocate(byteCount: size, alignment: 16)
    }
    begin = position
    guard size > 0 else { return }
    count = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<size]), at: position)
  }
}
