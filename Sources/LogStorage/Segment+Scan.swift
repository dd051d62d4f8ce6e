internal import ReplicationCore

extension Segment {
  /// How much a scan reads at once.
  static let scanBytes = 256 << 10

  /// Walks the entries and checks each: its checksum, its number, and that it continues the one before.
  ///
  /// Memory stays constant but for one entry. An entry is handed out only if it is whole.
  /// - Parameters:
  ///   - start: a place between two entries and the point of the one before it; the segment's beginning, if nil.
  ///   - lastMax: the last entry to look at, or nil for all that is there.
  ///   - body: gets an entry, valid only inside the call, and where it begins; false ends the walk after it.
  /// - Returns: where the walk ended and why.
  /// - Throws: `FileError` if reading fails.
  func scan(
    from start: (position: Int, point: LogPoint)? = nil, upTo lastMax: Offset? = nil,
    _ body: (EntryView, _ position: Int) -> Bool = { _, _ in true }
  ) throws(FileError) -> SegmentScanEnd {
    let window = try FileWindow(file, stepBytes: Self.scanBytes)
    var position = start?.position ?? SegmentHeader.bytes
    var point = start?.point ?? header.base
    func ended(_ cause: SegmentScanEnd.Cause, brokenEnd: Int? = nil) -> SegmentScanEnd {
      SegmentScanEnd(position: position, point: point, cause: cause, brokenEnd: brokenEnd ?? position)
    }
    while true {
      if let lastMax, point.offset >= lastMax { return ended(.limit) }
      switch try Self.entry(in: window, at: position, after: point) {
      case .whole(let entry):
        let begin = position
        position += entry.encodedBytes
        point = entry.point
        if !body(entry, begin) { return ended(.stopped) }
      case .nothing:
        return ended(position >= window.end ? .fileEnd : .zeros)
      case .broken(let reason):
        let brokenEnd = try window.lastNonZeroEnd(from: position)
        return ended(.broken(reason), brokenEnd: brokenEnd)
      }
    }
  }

  /// What is found where an entry may begin.
  private enum Found {
    case whole(EntryView)
    case nothing
    case broken(String)
  }

  /// Looks at the place after an entry.
  private static func entry(
    in window: FileWindow, at position: Int, after previous: LogPoint
  ) throws(FileError) -> Found {
    let head = try window.bytes(at: position, count: Entry.headerBytes)
    guard head.contains(where: { $0 != 0 }) else {
      // No entry begins with so many zeros; then all that follows must be reserved space too.
      let last = try window.lastNonZeroEnd(from: position)
      return last == position
        ? .nothing : .broken("zeros where entry \(previous.offset.next) should be, and more after them")
    }
    guard let header = EntryHeader(head) else {
      return .broken("the file ends within the header of entry \(previous.offset.next)")
    }
    // The size is only believed of the entry that is expected here: no memory is taken for what is something else.
    guard header.point.offset == previous.offset.next else {
      return .broken("entry \(previous.offset.next) should be here, and isn't")
    }
    guard header.encodedBytes <= window.end - position else {
      return .broken("the file ends within entry \(header.point.offset)")
    }
    let bytes = try window.bytes(at: position, count: header.encodedBytes)
    do throws(WireError) {
      let entry = try EntryView(startOf: bytes)
      try entry.check(after: previous)
      return .whole(entry)
    } catch {
      return .broken("\(error)")
    }
  }
}
