import LogStorage
import ReplicationCore
import Testing

/// The log beside a plain array, under random calls.
@Suite struct MemoryLogModelTests {
  private struct Random: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) ^ (state << 31)
    }
  }

  private struct Model {
    var entries: [Entry] = []
    /// One more than entries: the first is the beginning.
    var points = [LogPoint(beginning: .none)]
    var generation: UInt64 = 0

    func bytes(_ range: ClosedRange<Int>) -> [UInt8] {
      var bytes: [UInt8] = []
      for index in range { entries[index].encode(into: &bytes, after: points[index]) }
      return bytes
    }

    mutating func append(_ entry: Entry) {
      var bytes: [UInt8] = []
      points.append(entry.encode(into: &bytes, after: points[points.count - 1]))
      entries.append(entry)
    }

    mutating func cut(after count: Int) {
      guard count < entries.count else { return }
      entries.removeSubrange(count...)
      points.removeSubrange((count + 1)...)
      generation += 1
    }

    func size(_ index: Int) -> Int { Entry.headerBytes + entries[index].payload.count }
  }

  @Test(arguments: 1...30 as ClosedRange<UInt64>)
  func theLogDoesWhatAnArrayDoes(seed: UInt64) throws {
    var random = Random(state: seed)
    let log = MemoryLog()
    var model = Model()
    // What was read stays as it was, whatever is appended and cut afterwards: it shares the log's memory.
    var runsRead: [(run: EntryRun, bytes: [UInt8])] = []
    // Large payloads in some runs, so that a log has several chunks.
    let sizeMax = Bool.random(using: &random) ? 40 : 200_000
    for _ in 0..<120 {
      switch Int.random(in: 0..<20, using: &random) {
      case 0..<12: append(to: log, &model, sizeMax: sizeMax, using: &random)
      case 12..<16:
        guard let read = try read(log, model, using: &random) else { continue }
        runsRead.append(read)
      case 16..<19: askForRuns(log, model, using: &random)
      default:
        guard Int.random(in: 0..<5, using: &random) == 0 else { continue }
        let count = Int.random(in: 0...model.entries.count, using: &random)
        log.cut(after: Offset(UInt64(count)))
        model.cut(after: count)
      }
      #expect(log.end.lastPoint == model.points.last)
      #expect(log.end.generation == model.generation)
      #expect(log.end.durable <= log.end.last)
    }
    for read in runsRead { #expect(Array(read.run.bytes) == read.bytes) }
  }

  private func append(to log: MemoryLog, _ model: inout Model, sizeMax: Int, using random: inout Random) {
    var run: [UInt8] = []
    let first = Offset(UInt64(model.entries.count + 1))
    let count = Int.random(in: 1...4, using: &random)
    for _ in 0..<count {
      let payload = [UInt8](
        repeating: UInt8.random(in: 0...255, using: &random), count: Int.random(in: 0...sizeMax, using: &random))
      let epoch = Epoch((model.entries.last?.epoch.rawValue ?? 0) + UInt64.random(in: 0...1, using: &random))
      let entry = Entry(
        offset: Offset(UInt64(model.entries.count + 1)), epoch: epoch, time: random.next(), payload: payload)
      entry.encode(into: &run, after: model.points[model.entries.count])
      model.append(entry)
    }
    if count == 1, let entry = model.entries.last, Bool.random(using: &random) {
      #expect(log.append(payload: entry.payload, epoch: entry.epoch, time: entry.time) == entry.offset)
    } else {
      log.append(EntryRun(first: first, last: Offset(UInt64(model.entries.count)), bytes: run))
    }
    if Bool.random(using: &random) {
      log.sync()
      #expect(log.end.durable == log.end.last)
    }
  }

  private func read(
    _ log: MemoryLog, _ model: Model, using random: inout Random
  ) throws -> (run: EntryRun, bytes: [UInt8])? {
    guard !model.entries.isEmpty else { return nil }
    let first = Int.random(in: 0..<model.entries.count, using: &random)
    let last = Int.random(in: first..<model.entries.count, using: &random)
    let run = try log.read(
      from: Offset(UInt64(first + 1)), through: Offset(UInt64(last + 1)), generation: model.generation)
    let bytes = model.bytes(first...last)
    #expect(Array(run.bytes) == bytes)
    #expect(run.first == Offset(UInt64(first + 1)))
    #expect(run.last == Offset(UInt64(last + 1)))
    #expect(log.point(at: run.first) == model.points[first + 1])
    #expect(log.point(at: run.first.previous) == model.points[first])
    #expect(log.point(at: Offset(UInt64(model.entries.count + 1))) == nil)
    return (run, bytes)
  }

  /// A run may end earlier than the limits ask (with its chunk), never later, and it is never without an entry.
  private func askForRuns(_ log: MemoryLog, _ model: Model, using random: inout Random) {
    guard !model.entries.isEmpty else { return }
    let bytesMax = Int.random(in: 1...1_000_000, using: &random)
    let entriesMax = Int.random(in: 1...8, using: &random)
    var first = 0
    var runs = 0
    while first < model.entries.count {
      guard let end = log.runEnd(from: Offset(UInt64(first + 1)), bytesMax: bytesMax, entriesMax: entriesMax) else {
        Issue.record("no run from \(first + 1) of \(model.entries.count)")
        return
      }
      let last = Int(end.last.rawValue) - 1
      let size = (first...last).reduce(0) { $0 + model.size($1) }
      #expect(end.bytes == size)
      #expect(last - first < entriesMax)
      #expect(size <= bytesMax || last == first)
      // Not shorter than it must be: it would fit no more, or the chunk ends. A chunk is 1 MiB, or less where a long run, which is a
      // chunk of its own, or a cut ended it.
      if last + 1 < model.entries.count, last + 1 - first < entriesMax, size + model.size(last + 1) <= bytesMax {
        runs += 1
      }
      first = last + 1
    }
    let all = model.entries.indices.reduce(0) { $0 + model.size($1) }
    #expect(runs <= 6 * all / (1 << 20) + 2 * Int(model.generation) + 1, "\(runs) runs ended before their limits")
  }
}
