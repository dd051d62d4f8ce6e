import Glibc
internal import Locking
internal import LogStorage

/// An open file of a simulated disk.
final class SimulatedFile: File {
  private let name: String
  private let file: Int
  private let isWritable: Bool
  private let disk: SimulatedDisk
  private let isOpen = Locked(true)

  init(name: String, file: Int, isWritable: Bool, disk: SimulatedDisk) {
    self.name = name
    self.file = file
    self.isWritable = isWritable
    self.disk = disk
  }

  func size() throws(FileError) -> Int {
    try checkOpen("size")
    return disk.withState { $0.files[file]?.cached.count ?? 0 }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) throws(FileError) -> Int {
    try checkOpen("read")
    return try disk.look(.read, name) { state in
      let count = state.files[file]?.cached.read(into: buffer, at: position) ?? 0
      state.counts.bytesRead += count
      return count
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(FileError) {
    try checkWritable("write")
    let file = file
    func put(_ count: Int, _ state: inout DiskState, _ number: Int) {
      state.counts.bytesWritten += count
      state.files[file]?.write(UnsafeRawBufferPointer(rebasing: bytes.prefix(count)), at: position, operation: number)
    }
    try disk.change(
      .write, name,
      failed: { state, number, failure in put(min(failure.bytesWritten, bytes.count), &state, number) }
    ) { state, number throws(FileError) in
      let size = state.files[file]?.cached.count ?? 0
      let growth = max(0, position + bytes.count - size)
      // A power loss may have brought back more than there is space for; then what is there can still be written over.
      let missing = max(0, growth - max(0, state.free))
      // As a file system does: what fits is written, then it says that it is full.
      put(max(0, bytes.count - missing), &state, number)
      if missing > 0 { throw FileError(operation: "write", name: name, code: ENOSPC) }
    }
  }

  func reserve(from begin: Int, to end: Int) throws(FileError) {
    try checkWritable("reserve")
    try disk.change(.reserve, name) { state, number throws(FileError) in
      let size = state.files[file]?.cached.count ?? 0
      guard end <= size || end - size <= state.free else {
        throw FileError(operation: "reserve", name: name, code: ENOSPC)
      }
      state.files[file]?.extend(to: end, operation: number)
    }
  }

  func truncate(to size: Int) throws(FileError) {
    try checkWritable("truncate")
    try disk.change(.truncate, name) { state, number in state.files[file]?.truncate(to: size, operation: number) }
  }

  func sync() throws(FileError) {
    try checkOpen("sync")
    let file = file
    try disk.change(.sync, name, failed: { state, _, _ in state.files[file]?.loseWrites() }) { state, _ in
      state.counts.syncs += 1
      state.files[file]?.sync()
    }
  }

  /// There is no cache in front of this disk: it is noted.
  func forgetCache() {
    disk.withState { $0.cachesForgotten.append(name) }
  }

  func close() {
    let wasOpen = isOpen.withLock { isOpen in
      defer { isOpen = false }
      return isOpen
    }
    guard wasOpen else { return }
    disk.withState { state in
      state.files[file]?.openCount -= 1
      state.forgetUnreachable()
    }
  }

  private func checkOpen(_ operation: String) throws(FileError) {
    guard isOpen.withLock({ $0 }) else { throw FileError(operation: operation, name: name, code: EBADF) }
  }

  private func checkWritable(_ operation: String) throws(FileError) {
    try checkOpen(operation)
    guard isWritable else { throw FileError(operation: operation, name: name, code: EBADF) }
  }
}
