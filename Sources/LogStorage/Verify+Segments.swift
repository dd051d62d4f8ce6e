internal import ReplicationCore

extension Verify {
  /// The check of all segments, one after the other.
  struct SegmentsCheck {
    private let files: any FileSystem
    private let names: [String]
    private let mark: DurableMark?
    private(set) var report: VerifyReport

    /// The end of the segment before; nil at the beginning and after damage.
    private var previous: LogPoint?
    /// Whether all was whole so far.
    private var isWhole = true
    private var done = 0

    /// How many bytes lie between two calls that tell the progress.
    private static let progressBytes = 1 << 20

    init(files: any FileSystem, names: [String], mark: DurableMark?, report: VerifyReport) {
      self.files = files
      self.names = names
      self.mark = mark
      self.report = report
    }

    mutating func run(progress: (_ done: Int, _ total: Int) -> Void) throws(StorageError) {
      let sizes = names.map { name in (try? files.open(name, isWritable: false).size()) ?? 0 }
      let total = sizes.reduce(0, +)
      progress(0, total)
      for (index, name) in names.enumerated() {
        let next = index + 1 < names.count ? SegmentHeader.first(ofName: names[index + 1]) : nil
        let begin = done
        try check(name, next: next) { progress(begin + $0, total) }
        done = begin + sizes[index]
        progress(done, total)
      }
      checkEnd()
    }

    /// - Parameter next: the first offset of the segment that follows; nil for the last.
    private mutating func check(
      _ name: String, next: Offset?, progress: (_ position: Int) -> Void
    ) throws(StorageError) {
      guard let segment = try open(name, isLast: next == nil) else { return }
      defer { segment.close() }
      if isLeftOver(segment) { return }
      checkHeader(of: segment)
      guard let end = scan(segment, upTo: next?.previous, progress: progress) else { return }
      if isWhole { report.end = end.point }
      let expected = next?.previous ?? mark?.point.offset ?? .zero
      if let damage = end.damage(in: name, expecting: expected) {
        addDamage(damage)
      } else {
        previous = end.point
        if next == nil, case .broken = end.cause {
          report.tornTail = .init(
            file: name, position: end.position, offset: end.point.offset.next, bytes: end.brokenBytes)
        }
      }
    }

    /// Opens a segment; nil, and reported, if that fails.
    private mutating func open(_ name: String, isLast: Bool) throws(StorageError) -> Segment? {
      let first = SegmentHeader.first(ofName: name) ?? .zero
      do throws(StorageError) {
        return try Segment.open(name, in: files, isWritable: false)
      } catch {
        switch error {
        case .futureVersion: throw error
        case .damaged(let damage):
          let isBeyondMark = mark.map { $0.point.offset < first } ?? false
          if isLast, isBeyondMark, (try? Segment.isUnfinished(name, in: files)) == true {
            report.remarks.append(
              .init(file: name, position: 0, offset: nil, reason: "its creation was not finished: \(damage.reason)"))
          } else {
            addDamage(damage)
          }
        default: addDamage(LogDamage(file: name, position: 0, offset: first, reason: "\(error)"))
        }
        return nil
      }
    }

    /// Whether a crash while an empty log got another id left this: the one segment there is, empty. The next start
    /// removes it.
    private mutating func isLeftOver(_ segment: Segment) -> Bool {
      let header = segment.header
      guard names.count == 1, let log = report.identity?.log, log != header.log else { return false }
      guard header.base.offset == .zero, mark.map({ $0.point.offset == .zero }) ?? false else { return false }
      guard let end = try? segment.scan(), end.point == header.base, end.brokenBytes == 0 else { return false }
      let reason = "it is empty and of log \(header.log), which the node has left"
      report.remarks.append(.init(file: segment.name, position: nil, offset: nil, reason: reason))
      return true
    }

    private mutating func checkHeader(of segment: Segment) {
      let header = segment.header
      func damage(_ reason: String) -> LogDamage {
        LogDamage(file: segment.name, position: 0, offset: header.first, reason: reason)
      }
      if let identity = report.identity, identity.log != header.log {
        addDamage(damage("it belongs to log \(header.log), the node to log \(identity.log)"))
      }
      if segment.name == names.first {
        report.first = header.first
        if header.base != LogPoint(beginning: header.log) {
          addDamage(damage("the log doesn't begin here: what comes before entry \(header.first) is missing"))
        } else if report.end == nil {
          report.end = header.base
        }
      } else if let previous, previous != header.base {
        addDamage(damage("it continues \(header.base), and the segment before ends with \(previous)"))
      }
    }

    /// Reads the entries; nil, and reported, if reading fails.
    private mutating func scan(
      _ segment: Segment, upTo last: Offset?, progress: (_ position: Int) -> Void
    ) -> SegmentScanEnd? {
      var entries: UInt64 = 0
      var reached = (position: SegmentHeader.bytes, point: segment.header.base)
      var told = 0
      var contradiction: String?
      defer {
        report.entries += entries
        report.bytes += reached.position - SegmentHeader.bytes
      }
      let end: SegmentScanEnd
      do throws(FileError) {
        end = try segment.scan(upTo: last) { entry, position in
          entries += 1
          reached = (position + entry.encodedBytes, entry.point)
          if let mark, entry.offset == mark.point.offset {
            contradiction = Self.contradiction(mark, entry, end: reached.position, in: segment)
          }
          if position - told >= Self.progressBytes {
            told = position
            progress(position)
          }
          return true
        }
      } catch {
        if isWhole { report.end = reached.point }
        addDamage(
          LogDamage(
            file: segment.name, position: reached.position, offset: reached.point.offset.next, reason: "\(error)"))
        return nil
      }
      if let contradiction {
        report.problems.append(
          .init(file: DurableMarkFile.name, position: nil, offset: mark?.point.offset, reason: contradiction))
      }
      return end
    }

    /// Why the durable mark doesn't fit the entry that it names; nil if it does.
    private static func contradiction(
      _ mark: DurableMark, _ entry: EntryView, end: Int, in segment: Segment
    ) -> String? {
      if mark.point != entry.point { return "it names \(mark.point), the log has \(entry.point)" }
      if mark.segment == segment.header.first, mark.position != end {
        return "it says that entry \(entry.offset) ends at byte \(mark.position) of \(segment.name), it does at \(end)"
      }
      return nil
    }

    /// Whether all that was durable is there, unless damage was found already.
    private mutating func checkEnd() {
      report.end = report.end ?? previous
      guard isWhole, let mark, mark.point.offset > report.last else { return }
      let missing = report.last.next
      addDamage(
        LogDamage(
          file: SegmentHeader.name(first: mark.segment), position: 0, offset: missing,
          reason: "entries \(missing) to \(mark.point.offset) were durable and are missing"))
    }

    private mutating func addDamage(_ damage: LogDamage) {
      isWhole = false
      previous = nil
      report.problems.append(
        .init(file: damage.file, position: damage.position, offset: damage.offset, reason: damage.reason))
    }
  }
}
