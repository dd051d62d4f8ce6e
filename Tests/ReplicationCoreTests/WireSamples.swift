import ReplicationCore

/// Random messages of the wire, each as its sender would make it.
struct WireSamples {
  var random: SeededGenerator

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
  }

  mutating func number(_ range: ClosedRange<Int>) -> Int { random.number(range) }

  /// A point of a log, that of its beginning included.
  private mutating func point(of log: LogID, epochMax: Int = 5) -> LogPoint {
    let offset = random.number(0...1000)
    if offset == 0 || random.number(0...9) == 0 { return LogPoint(beginning: log) }
    return LogPoint(
      offset: Offset(UInt64(offset)), epoch: Epoch(UInt64(random.number(1...epochMax))), hash: random.next())
  }

  /// Entries that continue a point, and the point of the last.
  private mutating func run(after previous: LogPoint) -> (run: EntryRun, last: LogPoint) {
    var bytes: [UInt8] = []
    var last = previous
    for _ in 0..<random.number(0...5) {
      let epoch = Epoch(max(1, last.epoch.rawValue) + UInt64(random.number(0...1)))
      let entry = Entry(
        kind: Entry.Kind(rawValue: UInt8(random.number(0...2))), offset: last.offset.next, epoch: epoch,
        time: random.next(), fields: random.bytes(0...5), payload: random.bytes(0...40))
      last = entry.encode(into: &bytes, after: last)
    }
    return (EntryRun(first: previous.offset.next, last: last.offset, bytes: bytes), last)
  }

  mutating func request() -> ReplicateRequest {
    let log = LogID.random(using: &random)
    let previous = point(of: log)
    let (run, last) = run(after: previous)
    return ReplicateRequest(
      mastership: Mastership(epoch: Epoch(max(1, last.epoch.rawValue)), startID: random.next()), log: log,
      previous: previous, commit: Offset(random.next() >> 2), masterURL: "http://märz:6061", entries: run)
  }

  mutating func answer() -> ReplicateAnswer {
    let log = LogID.random(using: &random)
    return ReplicateAnswer(
      outcome: ReplicateAnswer.Outcome.allCases.randomElement(using: &random) ?? .accepted,
      identity: NodeIdentity(node: .random(using: &random), incarnation: random.next()),
      promise: Mastership(epoch: Epoch(random.next()), startID: random.next()), log: log, end: point(of: log),
      commitKnown: Offset(random.next() >> 2), delay: .milliseconds(Int64(random.number(0...1_000_000))))
  }

  mutating func fetchRequest() -> FetchRequest {
    FetchRequest(log: .random(using: &random), after: Offset(random.next() >> 2), bytesMax: random.next())
  }

  mutating func fetchAnswer() -> FetchAnswer {
    let log = random.number(0...9) == 0 ? LogID.none : LogID.random(using: &random)
    let identity = NodeIdentity(node: .random(using: &random), incarnation: random.next())
    let promise = Mastership(epoch: Epoch(random.next()), startID: random.next())
    let point = log == .none ? LogPoint(beginning: log) : point(of: log)
    let isThere = random.number(0...4) > 0
    let (run, last) = log == .none || !isThere ? (EntryRun.empty(after: point.offset), point) : run(after: point)
    // Sometimes there is more than the answer brings.
    let isAll = log == .none || random.number(0...1) == 0
    let end =
      isAll ? last : LogPoint(offset: last.offset.next, epoch: Epoch(last.epoch.rawValue + 1), hash: random.next())
    return FetchAnswer(
      identity: identity, promise: promise, log: log, end: end, commitKnown: Offset(random.next() >> 2),
      point: isThere ? point : nil, entries: run)
  }
}
