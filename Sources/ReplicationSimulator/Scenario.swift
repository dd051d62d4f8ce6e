import LogStorage
import ReplicationCore

/// What is fixed for one seed. Each kind of fault is left out of some seeds altogether: a mix of everything hides what only
/// shows when most things go well.
struct Scenario {
  let followers: Int
  let settings: ReplicationSettings
  let delays: [Interval]
  let gapBytesMax: [Int]
  /// The second URL leads to the first one's node.
  let sharesNode: Bool
  let latencyMilliseconds: ClosedRange<Double>
  /// How long a sync takes.
  let syncMilliseconds: ClosedRange<Double>
  /// Of each follower's log, and at the end the master's.
  let logs: [DiskLogOptions]
  let dropped: Double
  let duplicated: Double
  let answerLost: Double
  let answerLate: Double
  let failedBefore: Double
  let failedAfter: Double
  /// When each of the greater faults begins.
  let faults: [(time: Instant, kind: FaultKind)]
  let adds: Int
  /// No fault begins, and no client adds, after this.
  let faultsEnd: Instant

  /// Those that take no disk away for good.
  private static let passingFaults: [FaultKind] = [
    .partition, .pause, .crash, .powerLoss, .powerLossOfAll, .urlsSwapped, .masterCrash, .masterCrash, .slowSync,
    .diskFailing, .diskFull,
  ]
  private static let losses: [FaultKind] = [.rot, .followerWiped, .masterWiped, .masterRot, .followerWiped, .rot]

  init(using random: inout SplitMix64) {
    followers = random.number(1...4)
    sharesNode = followers > 1 && random.chance(0.2)
    let nodes = followers + (sharesNode ? 0 : 1)
    settings = Self.settings(nodes: nodes, using: &random)
    let isSlow = random.chance(0.2)
    delays = (0..<followers).map { _ in
      random.chance(0.5) ? .zero : .milliseconds(Int64(random.number(isSlow ? 300...2000 : 5...200)))
    }
    gapBytesMax = (0..<followers).map { _ in random.chance(0.5) ? 1 << 20 : random.number(0...400) }
    latencyMilliseconds = random.chance(0.5) ? 0.1...1 : 0.5...40
    syncMilliseconds = random.chance(0.5) ? 0.05...0.2 : 0.2...(random.chance(0.3) ? 100 : 20)
    logs = (0...followers).map { _ in Machine.options(using: &random) }
    dropped = Self.rate(&random)
    duplicated = Self.rate(&random)
    answerLost = Self.rate(&random)
    answerLate = Self.rate(&random)
    failedBefore = Self.rate(&random)
    failedAfter = Self.rate(&random)
    adds = random.number(5...90)
    let end = random.milliseconds(3000...9000)
    faultsEnd = Instant(nanoseconds: end.nanoseconds)
    var kinds = Self.passingFaults
    if random.chance(0.5) { kinds += Self.losses }
    if random.chance(0.3) { kinds += [.masterRestored, .masterRestored, .masterRestored] }
    var faults: [(Instant, FaultKind)] = []
    for _ in 0..<random.number(0...8) {
      let kind = kinds[random.number(0...kinds.count - 1)]
      faults.append((Instant(nanoseconds: random.milliseconds(0...9000).nanoseconds % end.nanoseconds), kind))
    }
    self.faults = faults
  }

  private static func rate(_ random: inout SplitMix64) -> Double {
    random.chance(0.5) ? 0 : Double.random(in: 0.01...0.3, using: &random)
  }

  private static func settings(nodes: Int, using random: inout SplitMix64) -> ReplicationSettings {
    var settings = ReplicationSettings()
    settings.heartbeatInterval = .milliseconds(Int64(random.number(100...250)))
    settings.suspectedAfter = .milliseconds(Int64(random.number(500...1000)))
    settings.unhealthyAfter = .milliseconds(Int64(random.number(1500...5000)))
    settings.batchTimeout = .milliseconds(Int64(random.number(1000...6000)))
    settings.backoffMin = .milliseconds(Int64(random.number(5...50)))
    settings.backoffMax = .milliseconds(Int64(random.number(200...2000)))
    settings.windowBatches = random.number(1...32)
    settings.windowBytes = random.chance(0.5) ? 1 << 20 : random.number(100...900)
    settings.batchBytesMax = random.chance(0.5) ? 1 << 20 : random.number(60...500)
    settings.batchEntriesMax = random.chance(0.5) ? 10_000 : random.number(1...10)
    settings.waitingMax = random.chance(0.8) ? 8000 : random.number(1...10)
    settings.quorum = random.chance(0.6) ? nil : random.number(1...nodes)
    return settings
  }
}
