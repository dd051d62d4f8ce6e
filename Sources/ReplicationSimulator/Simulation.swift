import ReplicationCore
import SimulatedDisk

/// A whole cluster in one process under virtual time: the very core that runs in production, a network and persons that do
/// their worst, and the invariants checked after every step. Everything follows from one seed.
///
/// One thread at a time.
public final class Simulation {
  let seed: UInt64
  let scenario: Scenario
  var random: SplitMix64
  var timeline = Timeline<Event>()
  var now = Instant(nanoseconds: 0)
  var step = 0

  /// The followers' in their order, then the master's; after it was restored, the last one is the master's.
  var machines: [Machine] = []
  var masters: [MasterProcess] = []
  var processes: [FollowerProcess] = []
  /// Which process runs on each machine; nil while it is down.
  var running: [Int?]
  /// Which machine each URL of the list leads to.
  var route: [Int]
  /// Machines that nothing gets through to, and since how many overlapping faults.
  var cut: [Int]
  var isHealed = false
  var deadline: Instant?

  /// All logs that were begun, the oldest first.
  var logs: [LogID] = []
  /// An older copy of the master's disk.
  var backup: SimulatedDisk?
  /// The machine whose death takes all others along.
  var takesAllDown: Int?
  var isOperatorBusy = false
  /// The master that took a message after the faults had ended.
  var lastMaster: Int?
  var recoveriesInRow = 0

  var histories = Histories()
  var promises = Promises()
  var invariants = Invariants()
  var violation: Violation?
  var faults: [FaultKind: Int] = [:]
  var happenings: [Happening: Int] = [:]
  var added = 0
  var released = 0
  private var messages: UInt64 = 0
  private var lives = 0

  private let trace: ((String) -> Void)?
  private var recorded: [String]?
  private static let recordedMax = 40

  /// Draws a scenario.
  /// - Parameters:
  ///   - seed: what everything is drawn from.
  ///   - trace: takes each step as a line, if given.
  public convenience init(seed: UInt64, trace: ((String) -> Void)? = nil) {
    self.init(seed: seed, trace: trace, recorded: nil)
  }

  private init(seed: UInt64, trace: ((String) -> Void)?, recorded: [String]?) {
    self.seed = seed
    self.trace = trace
    self.recorded = recorded
    random = SplitMix64(seed: seed)
    scenario = Scenario(using: &random)
    running = Array(repeating: nil, count: scenario.followers)
    cut = Array(repeating: 0, count: scenario.followers)
    route = Array(0..<scenario.followers)
  }

  /// Runs until the faults are over and everything has converged.
  ///
  /// - Returns: what happened.
  /// - Throws: `Violation` at the first step after which an invariant doesn't hold. Its last steps come from a second run
  ///   of the same seed, so that a run without a violation formats no text.
  public func run() throws(Violation) -> Summary {
    do throws(Violation) {
      return try runOnce()
    } catch {
      if recorded != nil || trace != nil { throw error }
      return try Simulation(seed: seed, trace: nil, recorded: []).runOnce()
    }
  }

  private func runOnce() throws(Violation) -> Summary {
    begin()
    while let (time, event) = timeline.popFirst() {
      now = time
      step += 1
      handle(event)
      buryTheDead()
      invariants.check(self)
      planCommits()
      if isHealed, violation == nil, hasConverged {
        checkTheEnd()
        if violation == nil { break }
      }
      if let violation { throw violation }
      if let deadline, now > deadline {
        fail("after the faults end, everything converges", whatDiffers)
        if let violation { throw violation }
      }
    }
    let healedAt = scenario.faultsEnd
    return Summary(
      seed: seed, steps: step, followers: scenario.followers, added: added, released: released,
      time: now - Instant(nanoseconds: 0), convergence: now - healedAt, faults: faults, happenings: happenings)
  }

  private func handle(_ event: Event) {
    switch event {
    case .turn(let master, let ticket): if masters[master].turnTicket == ticket { turn(masters[master]) }
    case .request(let message): requestArrives(message)
    case .store(let process, let message): delayEnds(processes[process], message)
    case .commit(let machine, let boot): commit(machines[machine], boot: boot)
    case .answer(let message, let answer, let life, let held):
      answerArrives(message, answer, life: life, held: held)
    case .failure(let message, let reason): exchangeFails(message, reason: reason)
    case .add: add()
    case .cancel(let master, let waiter): cancel(waiter, of: masters[master])
    case .inject: inject()
    case .fault(let kind): beginFault(kind)
    case .operatorLooks: operatorLooks()
    case .faultsEnd: heal()
    case .call(let body): body()
    }
  }

  // MARK: Notes

  func schedule(_ event: Event, after interval: Interval) {
    timeline.insert(event, at: now + interval)
  }

  func nextMessageID() -> UInt64 {
    messages += 1
    return messages
  }

  func nextLife() -> Int {
    lives += 1
    return lives
  }

  func count(_ fault: FaultKind) {
    faults[fault, default: 0] += 1
  }

  func count(_ happening: Happening) {
    happenings[happening, default: 0] += 1
  }

  /// Notes the first violation; later ones only follow from it.
  func fail(_ invariant: String, _ detail: @autoclosure () -> String) {
    guard violation == nil else { return }
    violation = Violation(
      seed: seed, time: now, invariant: invariant, detail: detail(), steps: recorded ?? [])
  }

  /// Notes a step for whoever watches.
  func note(_ text: @autoclosure () -> String) {
    guard trace != nil || recorded != nil else { return }
    let line = "\(Double(now.nanoseconds / 1000) / 1000) ms  \(text())"
    trace?(line)
    guard let recorded else { return }
    self.recorded = recorded.suffix(Self.recordedMax - 1) + [line]
  }
}
