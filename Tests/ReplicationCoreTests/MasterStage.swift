import LogStorage
import ReplicationCore

/// A master and its log, played by the commands of a story. Followers are f1, f2, …; deliveries are named by follower
/// and number, as in `f1 #3`.
struct MasterStage {
  var now = Instant(nanoseconds: 0)
  var log = StubbornLog()
  var master = Master(
    mastership: MasterStage.mastership, followers: 2, settings: ReplicationSettings(), now: Instant(nanoseconds: 0),
    durable: .zero)
  /// What left and was neither answered nor failed.
  var away: [Place: Delivery] = [:]
  var waiting: [WaiterID] = []
  var isDurableAtOnce = true
  var steady = Steady()

  static let mastership = Mastership(epoch: Epoch(7), startID: 1)
  static let logID = LogID(high: 0, low: 1)

  struct Place: Hashable {
    let follower: Int
    let number: UInt64
  }

  /// Draws the least of every range, so that pauses have no jitter.
  struct Steady: RandomNumberGenerator {
    mutating func next() -> UInt64 { 1 << 32 }
  }

  mutating func carryOut(_ words: inout Words) throws -> [String] {
    if let time = words.time { now = Instant(nanoseconds: time.nanoseconds) }
    switch words.command {
    case "master": return try begin(&words)
    case "add": return try add(&words)
    case "durable": return try durable(&words)
    case "cancel": return try cancel(&words)
    case "expire": return names(of: master.expire(now: now), as: "timed out")
    case "turn": return turn()
    case "run": return try run(&words)
    case "answer": return try answer(&words)
    case "fail": return try fail(&words)
    case "status": return status()
    case "acked": return [acked]
    case "copies": return try copies(&words)
    case "trouble": return try trouble(&words)
    case "break": return try damage(&words)
    case "stop": return names(of: master.stop(), as: "stopped")
    default: throw Story.Unclear(line: words.line, reason: "unknown command \(words.command)")
    }
  }

  /// master followers=2 quorum=2 window=2 …: anew, with the contract's settings but for those named. With log=8 it goes
  /// on with a log of 8 entries of epoch 6; with recover=wiped, foreign or diverged its start has found something at
  /// f1.
  private mutating func begin(_ words: inout Words) throws -> [String] {
    var settings = ReplicationSettings()
    settings.quorum = try words.number("quorum")
    if let number = try words.number("window") { settings.windowBatches = number }
    if let number = try words.number("window-bytes") { settings.windowBytes = number }
    if let number = try words.number("batch-entries") { settings.batchEntriesMax = number }
    if let number = try words.number("batch-bytes") { settings.batchBytesMax = number }
    if let number = try words.number("waiting") { settings.waitingMax = number }
    let followers = try words.number("followers") ?? 2
    self = try MasterStage(
      isDurableAtOnce: words.value("durable") != "later", entries: try words.number("log") ?? 0)
    let reason = try words.value("recover").map { try Self.recoverReason($0, in: words.line) }
    master = Master(
      mastership: Self.mastership, followers: followers, settings: settings, now: now, durable: log.end.durable,
      recover: reason.map { (follower: 0, reason: $0) })
    return master.readOnly.map { ["read-only: \(Self.text($0))"] } ?? []
  }

  init(isDurableAtOnce: Bool = true, entries: Int = 0) throws {
    self.isDurableAtOnce = isDurableAtOnce
    try log.setIdentity(LogIdentity(log: Self.logID, promise: Self.mastership))
    for _ in 0..<entries { _ = try log.append(payload: [0x6F, 0x6C], epoch: Epoch(6), time: 0) }
    log.sync()
  }

  private static func recoverReason(_ name: String, in line: String) throws -> RecoverReason {
    switch name {
    case "wiped": .wiped
    case "foreign": .foreign
    case "diverged": .diverged(offset: Offset(5))
    default: throw Story.Unclear(line: line, reason: "recover from what?")
    }
  }

  /// add w=2 count=3 size=10 timeout=1s list=4: clients add messages of so many bytes, or lists of so many messages, and wait
  /// for so long.
  private mutating func add(_ words: inout Words) throws -> [String] {
    let writeConcern = try words.number("w") ?? 1
    let size = try words.number("size") ?? 2
    let deadline = try words.interval("timeout").map { now + $0 }
    var printed: [String] = []
    for _ in 0..<(try words.number("count") ?? 1) {
      guard master.readOnly == nil, master.hasRoomForWaiter(writeConcern) else { return printed + ["503"] }
      let payload = [UInt8](repeating: 0x6D, count: size)
      let list = EntryRun(
        messages: Array(repeating: payload, count: try words.number("list") ?? 1), epoch: Self.mastership.epoch,
        time: 0, after: log.end.lastPoint)
      try log.append(list)
      waiting.append(master.wait(for: list.last, writeConcern: writeConcern, deadline: deadline))
    }
    if isDurableAtOnce {
      log.sync()
      printed += names(of: master.stored(through: log.end.durable), as: "released")
      noteConfirmations()
    }
    return printed
  }

  private mutating func durable(_ words: inout Words) throws -> [String] {
    guard let offset = UInt64(try words.next()) else { throw Story.Unclear(line: words.line, reason: "no offset") }
    let released = master.stored(through: Offset(offset))
    noteConfirmations()
    return names(of: released, as: "released")
  }

  /// cancel 3: the client that waits for offset 3 hangs up.
  private mutating func cancel(_ words: inout Words) throws -> [String] {
    guard let offset = UInt64(try words.next()), let waiter = waiting.first(where: { $0.offset == Offset(offset) })
    else { throw Story.Unclear(line: words.line, reason: "nobody waited") }
    return [master.cancel(waiter) ? "no longer waits" : "did not wait"]
  }

  /// trouble full, trouble failing, trouble over: what the log says of itself.
  private mutating func trouble(_ words: inout Words) throws -> [String] {
    let trouble: LogTrouble? =
      switch try words.next() {
      case "full": .full
      case "failing": .failing("EIO")
      case "over": nil
      default: throw Story.Unclear(line: words.line, reason: "what trouble?")
      }
    var printed: [String] = []
    master.storageTrouble(trouble) { printed.append(Self.text($0)) }
    return printed
  }

  /// break 3: the entry at offset 3 of the master's own log can't be read.
  private func damage(_ words: inout Words) throws -> [String] {
    guard let offset = UInt64(try words.next()) else { throw Story.Unclear(line: words.line, reason: "no offset") }
    log.damage(at: Offset(offset))
    return []
  }

  mutating func turn() -> [String] {
    var printed: [String] = []
    var left: [Delivery] = []
    let wakeUp = master.turn(now: now, log: log, send: { left.append($0) }, tell: { printed.append(Self.text($0)) })
    for delivery in left {
      away[Place(follower: delivery.follower, number: delivery.number)] = delivery
      printed.append(Self.text(delivery))
    }
    return printed + ["wake at \((wakeUp - Instant(nanoseconds: 0)).text)"]
  }

  /// run until=1s: turns at the moments that the master asks for, and nothing else.
  private mutating func run(_ words: inout Words) throws -> [String] {
    guard let until = try words.interval("until") else { throw Story.Unclear(line: words.line, reason: "until?") }
    var printed: [String] = []
    while now - Instant(nanoseconds: 0) <= until {
      let time = (now - Instant(nanoseconds: 0)).text
      var left: [Delivery] = []
      let wakeUp = master.turn(
        now: now, log: log, send: { left.append($0) }, tell: { printed.append("\(time): \(Self.text($0))") })
      for delivery in left {
        away[Place(follower: delivery.follower, number: delivery.number)] = delivery
        printed.append("\(time): \(Self.text(delivery))")
      }
      now = wakeUp
    }
    now = Instant(nanoseconds: until.nanoseconds)
    return printed
  }
}
