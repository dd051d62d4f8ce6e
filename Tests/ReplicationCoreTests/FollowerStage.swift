import LogStorage
import ReplicationCore

/// A follower and its log, played by the commands of a story. Masters are named by their epoch, as in `arrives 7 3…5`.
struct FollowerStage {
  static let commands = [
    "follower", "arrives", "stores", "asks", "inject", "inject-later", "log", "answers", "commit",
  ]

  private var log = MemoryLog()
  private var follower = Follower(identity: Self.identity, delay: .zero, gapBytesMax: 1 << 20)
  private static let identity = NodeIdentity(node: NodeID(high: 0, low: 1), incarnation: 1)

  mutating func carryOut(_ words: inout Words) throws -> [String] {
    switch words.command {
    case "follower": return try begin(&words)
    case "arrives": return try arrives(&words)
    case "stores": return try stores(&words)
    case "asks": return asks()
    case "inject": return try inject(&words)
    case "inject-later": return try injectLater(&words)
    case "log": return text
    case "answers": return answers()
    case "commit": return ["\(follower.commit)"]
    default: throw Story.Unclear(line: words.line, reason: "unknown command \(words.command)")
    }
  }

  /// follower gap=100 delay=2s
  private mutating func begin(_ words: inout Words) throws -> [String] {
    log = MemoryLog()
    follower = Follower(
      identity: Self.identity, delay: try words.interval("delay") ?? .zero,
      gapBytesMax: try words.number("gap") ?? 1 << 20)
    return []
  }

  /// arrives 7 3…5 commit=2: a request of the master with epoch 7; without offsets a heartbeat.
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
    return printed + ["\(outcome), match \(follower.answer(outcome, log: log).matchOffset)"]
  }

  /// A request with epoch 0: who is there?
  private mutating func asks() -> [String] {
    let request = Self.request(epoch: 0, start: 0, offsets: nil, previousEpoch: 0, commit: 0)
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
    return printed + ["\(outcome)"]
  }

  /// inject-later 3 some text: whether the delay would apply.
  private func injectLater(_ words: inout Words) throws -> [String] {
    guard let offset = UInt64(try words.next()) else { throw Story.Unclear(line: words.line, reason: "no offset") }
    return [follower.isNew(Array(words.rest().utf8), at: Offset(offset), log: log) ? "new" : "not new"]
  }

  private func answers() -> [String] {
    let answer = follower.answer(.accepted, log: log)
    return ["promised to epoch \(answer.promise.epoch), match \(answer.matchOffset), delay \(answer.delay.text)"]
  }

  private func request(_ words: inout Words) throws -> ReplicateRequest {
    guard let epoch = UInt64(try words.next()) else { throw Story.Unclear(line: words.line, reason: "no epoch") }
    let offsets = words.isRangeNext ? try words.nextRange() : nil
    return Self.request(
      epoch: epoch, start: UInt64(try words.number("start") ?? 1), offsets: offsets,
      previousEpoch: try words.number("previous-epoch").map(UInt64.init),
      commit: UInt64(try words.number("commit") ?? 0))
  }

  /// The entry at offset o of the master with epoch e has the text "<e>m<o>", as in 7m3.
  private static func request(
    epoch: UInt64, start: UInt64, offsets: ClosedRange<UInt64>?, previousEpoch: UInt64?, commit: UInt64
  ) -> ReplicateRequest {
    var bytes: [UInt8] = []
    for offset in offsets ?? 1...1 where offsets != nil {
      Entry(offset: Offset(offset), epoch: Epoch(epoch), time: 0, payload: Array("\(epoch)m\(offset)".utf8))
        .encode(into: &bytes)
    }
    let first = offsets?.lowerBound ?? 1
    let run = EntryRun(first: Offset(first), last: Offset(offsets?.upperBound ?? 0), bytes: bytes)
    return ReplicateRequest(
      mastership: Mastership(epoch: Epoch(epoch), startID: start), previousOffset: Offset(first - 1),
      previousEpoch: Epoch(previousEpoch ?? (first == 1 ? 0 : epoch)), commit: Offset(commit),
      masterURL: "http://master-\(epoch)", entries: run)
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

  private static func text(_ event: FollowerEvent) -> String {
    switch event {
    case .promised(let mastership, let url): "promises itself to epoch \(mastership.epoch) at \(url)"
    case .olderEpochDropped(let entries, let epoch): "drops \(entries) entries of epoch \(epoch)"
    case .injectedSetAside(let entries): "sets aside \(entries) entries put here by hand"
    case .refused(let mastership, let promise): "refuses epoch \(mastership.epoch): promised to \(promise.epoch)"
    case .stored(let first, let last): "stored \(first)…\(last)"
    case .held(let first, let last, let missing): "keeps \(first)…\(last), \(missing) is missing"
    case .gapBufferFull(let first, let last): "has no room for \(first)…\(last)"
    case .mismatch(let previous, let epoch, let expected): "\(previous) is of epoch \(epoch), not \(expected)"
    }
  }
}
