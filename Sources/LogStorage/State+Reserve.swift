internal import ReplicationCore

/// Space on the disk is taken before an entry gets its offset, so that no entry fails later for want of it.
extension DiskLog.State {
  /// Sees to it that `bytes` more can be taken in.
  /// - Throws: `LogRefusal`, and then nothing has changed but `trouble`.
  mutating func makeRoom(for bytes: Int, _ options: DiskLogOptions) throws(LogRefusal) {
    guard !isClosed else { throw .failing("the log is closed") }
    if let damage { throw .damaged(damage) }
    if let failure { throw failure.isFull ? .full(bytesNeeded: bytes) : .failing(failure.description) }
    // One entry is always taken, however large, or it never would be.
    guard pendingBytes == 0 || pendingBytes + bytes <= options.pendingBytesMax else {
      throw .busy(bytesMax: options.pendingBytesMax)
    }
    let needed = position + pendingBytes + bytes
    guard needed > reservedEnd else { return }
    do throws(FileError) {
      try reserve(to: needed, options)
    } catch {
      if error.isFull {
        if bytesWanted == nil { isUntold = true }
        bytesWanted = bytes
        throw .full(bytesNeeded: bytes)
      }
      failure = error
      isUntold = true
      throw .failing(error.description)
    }
    if bytesWanted != nil {
      bytesWanted = nil
      isUntold = true
    }
  }

  /// Reserves the last segment's space up to `needed`, and a piece more than there is; less and less, down to what is needed,
  /// where the disk has no more.
  mutating func reserve(to needed: Int, _ options: DiskLogOptions) throws(FileError) {
    guard let file = spans.last?.segment.file, needed > reservedEnd else { return }
    var piece = options.reservePieceBytes
    while true {
      var end = max(needed, reservedEnd + piece)
      // Nothing beyond the place where the next segment begins, if that is not needed.
      if needed <= options.segmentBytes { end = min(end, options.segmentBytes) }
      do throws(FileError) {
        try file.reserve(from: reservedEnd, to: end)
        reservedEnd = end
        return
      } catch {
        guard error.isFull, end > needed else { throw error }
        piece /= 4
      }
    }
  }
}
