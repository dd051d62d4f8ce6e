import Locking
import ReplicationCore
import SimulatedDisk
import Testing

@testable import LogStorage

/// Memory does not grow with the log: only some segments keep where their entries begin.
@Suite struct DiskLogIndexTests {
  @Test func onlyTheSegmentsUsedLastKeepAnIndex() throws {
    var options = DiskLogTesting.options
    options.segmentBytes = 48 << 10
    options.indexedSegmentsMax = 4
    let disk = SimulatedDisk()
    let log = try DiskLogTesting.begin(disk, options)
    try log.fill(1_200, bytes: 500)
    let segments = log.state.withLock { $0.spans.map(\.segment) }
    #expect(segments.count > 2 * options.indexedSegmentsMax)
    // One more: the last segment, whose index grows as it is written.
    #expect(segments.count { !$0.index.withLock(\.marks).isEmpty } <= options.indexedSegmentsMax + 1)

    let reopened = try DiskLogTesting.open(disk.killed(), options)
    let all = try reopened.everything()
    for offset in 1...1_200 { #expect(try reopened.point(at: Offset(UInt64(offset))) != nil) }
    let read = reopened.state.withLock { $0.spans.map(\.segment) }
    let indexed = read.count { !$0.index.withLock(\.marks).isEmpty }
    #expect(indexed > 0 && indexed <= options.indexedSegmentsMax + 1)
    // What was forgotten is found again.
    #expect(try reopened.point(at: Offset(5)) == log.point(at: Offset(5)))
    #expect(try reopened.everything() == all)
  }

  /// A log that is written fast doesn't fill the system's page cache.
  @Test func oneSegmentLeavesTheCacheForEachThatBegins() throws {
    var options = DiskLogTesting.options
    options.cachedSegmentsMax = 2
    let disk = SimulatedDisk()
    let log = try DiskLogTesting.begin(disk, options)
    try log.fill(200, bytes: 500)
    let names = log.state.withLock { $0.spans.map(\.segment.name) }
    #expect(names.count > 5)
    // The last one is written to.
    #expect(disk.cachesForgotten == names.dropLast(options.cachedSegmentsMax + 1))
    #expect(try log.everything().count == 200 * (500 + Entry.headerBytes))
  }
}
