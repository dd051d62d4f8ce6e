import ReplicationCore
import Testing

/// What the decoder of `FetchAnswer` lets through about entries: only what continues the answerer's own point and ends
/// at its end.
@Suite struct FetchTests {
  private static let log = LogID(high: 1, low: 2)
  private static let identity = NodeIdentity(node: NodeID(high: 3, low: 4), incarnation: 5)

  private func run(after point: LogPoint, count: UInt64, epoch: UInt64 = 2) -> (run: EntryRun, last: LogPoint) {
    var bytes: [UInt8] = []
    var last = point
    for _ in 0..<count {
      last = Entry(offset: last.offset.next, epoch: Epoch(epoch), time: 0, payload: [1]).encode(
        into: &bytes, after: last)
    }
    return (EntryRun(first: point.offset.next, last: last.offset, bytes: bytes), last)
  }

  private func answer(end: LogPoint, point: LogPoint?, entries: EntryRun, log: LogID = Self.log) -> FetchAnswer {
    FetchAnswer(
      identity: Self.identity, promise: Mastership(epoch: Epoch(2), startID: 1), log: log, end: end, commitKnown: .zero,
      point: point, entries: entries)
  }

  @Test func entriesUpToTheEndAreTaken() throws {
    let start = LogPoint(beginning: Self.log)
    let (entries, end) = run(after: start, count: 3)
    let whole = answer(end: end, point: start, entries: entries)
    #expect(try FetchAnswer(decoding: whole.encoded()).entries.count == 3)
  }

  @Test func theLastEntryMustBeTheEnd() {
    let start = LogPoint(beginning: Self.log)
    let (entries, end) = run(after: start, count: 3)
    let other = LogPoint(offset: end.offset, epoch: end.epoch, hash: ~end.hash)
    #expect(throws: WireError.invalid("the last entry is not the end, \(other)")) {
      try FetchAnswer(decoding: answer(end: other, point: start, entries: entries).encoded())
    }
    let short = LogPoint(offset: Offset(2), epoch: end.epoch, hash: 9)
    #expect(throws: WireError.invalid("entry 3 after the end, \(short)")) {
      try FetchAnswer(decoding: answer(end: short, point: start, entries: entries).encoded())
    }
  }

  @Test func entriesThatDoNotContinueThePointAreRefused() {
    let (entries, end) = run(after: LogPoint(beginning: Self.log), count: 1)
    let other = LogID(high: 1, low: 3)
    #expect(throws: WireError.invalid("entry 1 continues another history")) {
      let start = LogPoint(beginning: other)
      return try FetchAnswer(decoding: answer(end: end, point: start, entries: entries, log: other).encoded())
    }
  }

  @Test func aPointBeyondTheEndIsRefused() {
    let end = LogPoint(offset: Offset(3), epoch: Epoch(2), hash: 1)
    for point in [
      LogPoint(offset: Offset(4), epoch: Epoch(2), hash: 1), LogPoint(offset: Offset(3), epoch: Epoch(2), hash: 2),
      LogPoint(offset: Offset(2), epoch: Epoch(3), hash: 2),
    ] {
      #expect(throws: WireError.invalid("\(point) does not lie before the end, \(end)")) {
        try FetchAnswer(decoding: answer(end: end, point: point, entries: .empty(after: point.offset)).encoded())
      }
    }
  }

  @Test func aNodeWithoutALogHoldsNothing() throws {
    let nothing = answer(end: LogPoint(beginning: .none), point: nil, entries: .empty(after: Offset(9)), log: .none)
    #expect(try FetchAnswer(decoding: nothing.encoded()) == nothing)
    let end = LogPoint(offset: Offset(3), epoch: Epoch(2), hash: 1)
    #expect(throws: WireError.invalid("entries of no log")) {
      try FetchAnswer(decoding: answer(end: end, point: nil, entries: .empty(after: .zero), log: .none).encoded())
    }
  }

  @Test func thereIsButOneBeginning() {
    let wrong = LogPoint(offset: .zero, epoch: .none, hash: 1)
    #expect(throws: WireError.invalid("\(wrong) is not the beginning of log \(Self.log)")) {
      try FetchAnswer(decoding: answer(end: wrong, point: nil, entries: .empty(after: .zero)).encoded())
    }
  }
}
