public import ReplicationCore

/// Finding what is whole beyond damage, for `replog recover`. It only reads. Memory stays constant but for one entry.
///
/// Nothing is guessed: an entry is taken only if its checksum is right and its running hash continues a point that is known
/// from elsewhere, such as another node's copy of what was damaged.
public enum Salvage {
  /// How much a search reads at once.
  private static let searchBytes = 1 << 20

  /// Walks the entries that continue a point, wherever in a folder's segments they lie.
  /// - Parameters:
  ///   - point: of the entry before the first one to find.
  ///   - files: the folder.
  ///   - body: gets an entry, valid only inside the call; false ends the walk. On the calling thread.
  /// - Returns: the names of the files that could not be read to their end.
  /// - Throws: `StorageError.file` if the folder can't be listed.
  public static func entries(
    after point: LogPoint, in files: any FileSystem, _ body: (EntryView) -> Bool
  ) throws(StorageError) -> [String] {
    let names = FolderContent.segments(try StorageError.wrapping { () throws(FileError) in try files.names() })
    var walk = Walk(point: point)
    var unreadable: [String] = []
    for (index, name) in names.enumerated() where !walk.isEnded {
      // Where the next segment begins is where this one's entries end.
      let next = index + 1 < names.count ? SegmentHeader.first(ofName: names[index + 1]) : nil
      if let next, next <= walk.point.offset.next { continue }
      do throws(FileError) {
        let file = try files.open(name, isWritable: false)
        defer { file.close() }
        try walk.take(from: file, before: next, body)
      } catch {
        unreadable.append(name)
      }
    }
    return unreadable
  }

  private struct Walk {
    var point: LogPoint
    var isEnded = false

    mutating func take(from file: any File, before next: Offset?, _ body: (EntryView) -> Bool) throws(FileError) {
      let window = try FileWindow(file, stepBytes: Salvage.searchBytes)
      var position = SegmentHeader.bytes
      while !isEnded, next.map({ point.offset.next < $0 }) ?? true {
        guard let begin = try find(in: window, from: position), let entry = try entry(in: window, at: begin) else {
          return
        }
        position = begin + entry.encodedBytes
        point = entry.point
        isEnded = !body(entry)
      }
    }

    /// The entry at a place, if it is the one that continues the point.
    private func entry(in window: FileWindow, at position: Int) throws(FileError) -> EntryView? {
      guard let header = EntryHeader(try window.bytes(at: position, count: Entry.headerBytes)),
        header.point.offset == point.offset.next, header.encodedBytes <= window.end - position
      else { return nil }
      let bytes = try window.bytes(at: position, count: header.encodedBytes)
      do throws(WireError) {
        let entry = try EntryView(startOf: bytes)
        try entry.check(after: point)
        return entry
      } catch {
        return nil
      }
    }

    /// Where the entry that continues the point begins: at `position`, or anywhere after it.
    private func find(in window: FileWindow, from position: Int) throws(FileError) -> Int? {
      if try entry(in: window, at: position) != nil { return position }
      var place = position
      while place < window.end {
        let part = try window.bytes(at: place, count: Salvage.searchBytes)
        let found = Self.places(of: point.offset.next, in: part)
        let count = part.count
        for index in found where try entry(in: window, at: place + index) != nil { return place + index }
        // The parts overlap by less than a header, so that none is overlooked.
        guard count >= Entry.headerBytes, place + count < window.end else { return nil }
        place += count - Entry.headerBytes + 1
      }
      return nil
    }

    /// Where headers may begin that have this offset.
    private static func places(of offset: Offset, in bytes: UnsafeRawBufferPointer) -> [Int] {
      let wanted = offset.rawValue.littleEndian
      let lowest = UInt8(truncatingIfNeeded: offset.rawValue)
      var places: [Int] = []
      var place = 0
      while place <= bytes.count - Entry.headerBytes {
        if bytes[place + 24] == lowest, bytes.loadUnaligned(fromByteOffset: place + 24, as: UInt64.self) == wanted {
          places.append(place)
        }
        place += 1
      }
      return places
    }
  }
}
