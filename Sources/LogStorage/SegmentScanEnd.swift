internal import ReplicationCore

/// Where a walk over a segment's entries ended, and why.
struct SegmentScanEnd: Hashable, Sendable {
  /// Why it ended.
  enum Cause: Hashable, Sendable {
    /// Nothing but zeros follows: reserved space.
    case zeros
    /// The file ends here.
    case fileEnd
    /// The last entry asked for was reached.
    case limit
    /// The caller wanted no more.
    case stopped
    /// Something is here that is not the next entry; the text says what is wrong.
    case broken(String)
  }

  /// The end of the last entry that is whole, in bytes.
  let position: Int
  /// The point of that entry.
  let point: LogPoint
  /// Why it ended.
  let cause: Cause
  /// Where what is broken ends: the place after the file's last byte that isn't zero. `position` if nothing is broken.
  let brokenEnd: Int

  /// How many bytes after the last whole entry hold something.
  var brokenBytes: Int { brokenEnd - position }

  /// What is wrong if the entry after `point` should be here, in words.
  var reason: String {
    switch cause {
    case .zeros: "zeros where entry \(point.offset.next) should be"
    case .fileEnd: "the file ends where entry \(point.offset.next) should be"
    case .broken(let reason): reason
    case .limit, .stopped: "reading ended before entry \(point.offset.next)"
    }
  }

  /// The damage in a file of this name that should hold all entries up to `expected`; nil if it does.
  func damage(in name: String, expecting expected: Offset) -> LogDamage? {
    guard point.offset < expected else { return nil }
    return LogDamage(file: name, position: position, offset: point.offset.next, reason: reason)
  }
}

/// What of a segment belongs to the log, as its owner knows it.
struct SegmentEnd: Hashable, Sendable {
  /// The last entry in it that belongs to the log; the base's offset if there is none.
  let offset: Offset
  /// Where that entry ends, or any place after it, such as the file's end.
  let position: Int
}
