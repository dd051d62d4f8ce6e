import LogStorage
import ReplicationCore

/// A follower and its log, played by the commands of a story. Masters are named by their epoch, as in `arrives 7 3…5`;
/// the entry at offset o of the master with epoch e has the text "<e>m<o>".
struct FollowerStage {
  static let commands = [
    "follower", "restart", "master-of", "arrives", "stores", "asks", "inject", "inject-later", "log", "answers",
    "commit", "refuse", "damage", "heal",
  ]

  private var log = StubbornLog()
  private var follower: Follower
  private var masters: [UInt64: MemoryLog] = [:]
  private var process: UInt64 = 1
  private var delay = Interval.zero
  private var gapBytesMax = 1 << 20
  private static let node = NodeID(high: 0, low: 1)

  init() {
    follower = Follower(
      identity: NodeIdentity(node: Self.node, incarnation: 1), delay: .zero, gapBytesMax: 1 << 20, log: log)
  }

  mutating func carryOut(_ words: inout Words) throws -> [String] {
    switch words.command {
    case "follower": return try begin(&words)
    case "restart": return restart()
    case "master-of": return try beginMaster(&words)
    case "arrives": return try arrives(&words)
    case "stores": return try stores(&words)
    case "asks": return asks()
    case "inject": return try inject(&words)
    case "inject-later": return try injectLater(&words)
    case "log": return text
    case "answers": return answers()
    case "commit": return ["\(log.commitKnown)"]
    case "refuse": return try refuse(&words)
    case "damage": return try damage(&words)
    case "heal": return heal()
    default: throw Story.Unclear(line: words.line, reason: "unknown command \(words.command)")
    }
  }

  /// follower gap=100 delay=2s
  private mutating func begin(_ words: inout Words) throws -> [String] {
    self = FollowerStage()
    delay = try words.interval("delay") ?? .zero
    gapBytesMax = try words.number("gap") ?? 1 << 20
    return restart(as: 1)
  }

  /// restart: the process dies and comes back; what was synced is there.
  private mutating func restart(as process: UInt64? = nil) -> [String] {
    self.process = process ?? self.process + 1
    follower = Follower(
      identity: NodeIdentity(node: Self.node, incarnation: self.process), delay: delay, gapBytesMax: gapBytesMax,
      log: log)
    return []
  }

  /// master-of 8 shares=5 with=7 log=2: the log of the master with epoch 8 begins with so many entries of that of epoch
  /// 7.
  private mutating func beginMaster(_ words: inout Words) throws -> [String] {
    guard let epoch = UInt64(try words.next()) else { throw Story.Unclear(line: words.line, reason: "no epoch") }
    let master = Self.master(log: UInt64(try words.number("log") ?? 1))
    if let shared = try words.number("shares"), let other = try words.number("with") {
      let last = Offset(UInt64(shared))
      let source = history(of: UInt64(other), through: UInt64(shared))
      master.append(try source.read(from: Offset(1), through: last, generation: source.end.generation))
    }
    masters[epoch] = master
    return []
  }

  private static func master(log: UInt64) -> MemoryLog {
    let master = MemoryLog()
    master.setIdentity(LogIdentity(log: LogID(high: 0, low: log), promise: LogIdentity.none.promise))
    return master
  }

  /// The log of the master with an epoch, written as far as it is needed.
  private mutating func history(of epoch: UInt64, through last: UInt64) -> MemoryLog {
    let master = masters[epoch] ?? Self.master(log: 1)
    masters[epoch] = master
    while master.end.last.rawValue < last {
      let text = "\(epoch)m\(master.end.last.next)"
      _ = master.append(payload: Array(text.utf8), epoch: Epoch(epoch), time: 0)
    }
    return master
  }

  /// arrives 7 3…5 commit=2: a request of the master with epoch 7; without offsets a heartbeat, as in `arrives 7 at=4`.
  private mutating func arrives(_ words: inout Words) throws -> [String] {
    let request = try request(&words)
    var printed: [String] = []
    switch follower.arrived(request, log: log, tell: { printed.append(Self.text($0)) }) {
    case .new: return printed + ["new"]
    case .answer(let outcome): return printed + ["\(outcome)"]
    }
  }

  /// stores 7 3…5: the delay of that request is over.
  private mutating func stores(_ words: inout Words) throws -> [String] {
    let request = try request(&words)
    var printed: [String] = []
    let outcome = follower.store(request, log: log) { printed.append(Self.text($0)) }
    log.sync()
    return printed + ["\(outcome), match \(follower.answer(outcome, log: log).end.offset)"]
  }

  /// A request with epoch 0: who is there?
  private mutating func asks() -> [String] {
    let request = ReplicateRequest(
      mastership: LogIdentity.none.promise, log: .none, previous: LogPoint(beginning: .none), commit: .zero,
      masterURL: "", entries: .empty(after: .zero))
    var printed: [String] = []
    let arrival = follower.arrived(request, log: log) { printed.append(Self.text($0)) }
    return printed + ["\(arrival == .answer(.accepted) ? "accepted" : "\(arrival)")"] + answers()
  }

  /// inject 3 some text
  private mutating func inject(_ words: inout Words) throws -> [String] {
    guard let offset = UInt64(try words.next()) else { throw Story.Unclear(line: words.line, reason: "no offset") }
    var printed: [String] = []
    let outcome = follower.inject(Array(words.rest().utf8), at: Offset(offset), log: log) {
      printed.append(Self.text($0))
    }
    log.sync()
    if case .refused(let refusal) = outcome { return printed + ["refused: \(Self.text(refusal))"] }
    return printed + ["\(outcome)"]
  }

  /// inject-later 3 some text: whether the delay would apply.
  private func injectLater(_ words: inout Words) throws -> [String] {
    guard let offset = UInt64(try words.next()) else { throw Story.Unclear(line: words.line, reason: "no offset") }
    return [follower.isNew(Array(words.rest().utf8), at: Offset(offset), log: log) ? "new" : "not new"]
  }

  /// refuse full, refuse busy, refuse failing, refuse nothing: what the log does from now on.
  private func refuse(_ words: inout Words) throws -> [String] {
    switch try words.next() {
    case "full": (log.refusal, log.reported) = (.full(bytesNeeded: 50), .full)
    case "busy": (log.refusal, log.reported) = (.busy(bytesMax: 100), nil)
    case "failing": (log.refusal, log.reported) = (.failing("EIO"), .failing("EIO"))
    // The first call that the disk refuses: nobody knows before.
    case "suddenly": (log.refusal, log.reported) = (.failing("EIO"), nil)
    case "nothing": (log.refusal, log.reported) = (nil, nil)
    default: throw Story.Unclear(line: words.line, reason: "refuse what?")
    }
    return []
  }

  /// damage 3: the entry at offset 3 is broken.
  private func damage(_ words: inout Words) throws -> [String] {
    guard let offset = UInt64(try words.next()) else { throw Story.Unclear(line: words.line, reason: "no offset") }
    log.damage(at: Offset(offset))
    return []
  }

  private mutating func heal() -> [String] {
    var printed: [String] = []
    process += 1
    let isWhole = follower.recoverFromDamage(log: log, newIncarnation: process) { printed.append(Self.text($0)) }
    return printed + [isWhole ? "healed, process \(follower.identity.incarnation)" : "not healed"]
  }

  private func answers() -> [String] {
    let answer = follower.answer(.accepted, log: log)
    let held = answer.log == .none ? "no log" : "log \(answer.log.low)"
    return [
      "promised to epoch \(answer.promise.epoch), \(held), match \(answer.end.offset), commit \(answer.commitKnown), "
        + "delay \(answer.delay.text)"
    ]
  }

  private mutating func request(_ words: inout Words) throws -> ReplicateRequest {
    guard let epoch = UInt64(try words.next()) else { throw Story.Unclear(line: words.line, reason: "no epoch") }
    let offsets = words.isRangeNext ? try words.nextRange() : nil
    let start = UInt64(try words.number("start") ?? 1)
    let commit = UInt64(try words.number("commit") ?? 0)
    let at = UInt64(try words.number("at") ?? 0)
    let previous = Offset(offsets.map { $0.lowerBound - 1 } ?? at)
    let isWrong = try words.number("wrong") != nil
    let master = history(of: epoch, through: offsets?.upperBound ?? previous.rawValue)
    guard var point = master.point(at: previous) else { throw Story.Unclear(line: words.line, reason: "no point") }
    if isWrong { point = LogPoint(offset: point.offset, epoch: point.epoch, hash: ~point.hash) }
    var entries = EntryRun.empty(after: previous)
    if let offsets {
      entries = try master.read(
        from: Offset(offsets.lowerBound), through: Offset(offsets.upperBound), generation: master.end.generation)
    }
    return ReplicateRequest(
      mastership: Mastership(epoch: Epoch(epoch), startID: start), log: master.identity.log, previous: point,
      commit: Offset(commit), masterURL: "http://master-\(epoch)", entries: entries)
  }

  private var text: [String] {
    let end = log.end
    guard end.last > .zero,
      let run = try? log.read(from: Offset(1), through: end.last, generation: end.generation)
    else { return ["empty"] }
    var texts: [String] = []
    run.forEach { texts.append("\($0.offset) \(String(decoding: $0.payload, as: UTF8.self)) (epoch \($0.epoch))") }
    return texts
  }
}
