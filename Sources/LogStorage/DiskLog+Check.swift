internal import Locking
internal import ReplicationCore

/// Reading what nobody reads, so that damage is found while the other nodes still have what was lost.
extension DiskLog {
  /// Reads and checks all segments but the last, as they are now. What is found goes to `trouble` and the observer.
  public func checkSegments() {
    check { _ in true }
    tell()
  }

  /// The same at the rate of the options, until it is done or the log is closed.
  func checkSlowly() {
    var bytes = 0
    let rate = options.checkBytesPerSecond
    check { entryBytes in
      bytes += entryBytes
      // In steps of a twentieth of a second.
      guard bytes >= rate / 20 else { return true }
      checkBell.wait(atMost: Double(bytes) / Double(rate))
      bytes = 0
      return !isStopping
    }
    bell.ring()
  }

  /// - Parameter isGoingOn: is told how many bytes were checked, and says whether to go on.
  private func check(_ isGoingOn: (Int) -> Bool) {
    let spans = state.withLock(\.spans)
    for (span, next) in zip(spans, spans.dropFirst()) {
      let base = next.segment.header.base
      var isStopped = false
      var last = (position: SegmentHeader.bytes, offset: span.segment.header.base.offset)
      let reason: String?
      do throws(FileError) {
        let end = try span.segment.scan(upTo: base.offset) { entry, position in
          last = (position + entry.encodedBytes, entry.offset)
          isStopped = !isGoingOn(entry.encodedBytes)
          return !isStopped
        }
        reason = end.point == base ? nil : Self.reason(end, before: base)
      } catch {
        reason = error.description
      }
      if isStopped { return }
      guard let reason else { continue }
      let damage = LogDamage(file: span.segment.name, position: last.position, offset: last.offset.next, reason: reason)
      // What was cut in the meantime is not damage: then another segment follows, or none.
      let isFound = state.withLock { state in
        let index = state.spans.firstIndex { $0.segment === span.segment }
        guard let index, index + 1 < state.spans.count, state.spans[index + 1].segment.header.base == base else {
          return false
        }
        state.note(damage)
        return true
      }
      if isFound { return }
    }
  }

  static func reason(_ end: SegmentScanEnd, before base: LogPoint) -> String {
    switch end.cause {
    case .broken(let words): words
    case .zeros: "zeros where entry \(end.point.offset.next) should be"
    case .fileEnd: "the file ends where entry \(end.point.offset.next) should be"
    case .limit, .stopped: "the segment after it continues another history"
    }
  }
}
