import LogStorage
import ReplicationCore
import SimulatedDisk

/// A computer with its disk, which outlives the processes that run there one after the other.
final class Machine {
  let index: Int
  private(set) var disk: SimulatedDisk
  private(set) var faults: DiskFaults
  /// Counts the disks that were put in: a new, restored or recovered one is another one.
  private(set) var disksEver = 0
  /// Another machine is used in its place: its disk will never be read again.
  var isAbandoned = false
  /// Which node it is; nil before its log was opened.
  var node: NodeID?
  /// The log of the process that runs there.
  var log: DiskLog?
  /// Counts the starts: what was planned for an earlier process is out of date.
  var boot = 0
  /// Whether the storage thread has something to do that is planned already.
  var isCommitPlanned = false
  /// Until when the disk takes long for each sync.
  var slowUntil = Instant(nanoseconds: 0)

  /// What the log holds, from outside.
  var chain: [LogPoint] = []
  /// Where the log stood at the last look.
  var seen: LogEnd?
  /// The lowest offset whose entry changed since the invariants were checked.
  var changedSince: Offset?
  /// The master that runs there.
  var master: Int?
  /// Up to where the log was told to be durable: no crash may take it away.
  var durable: LogPoint?
  /// The highest promise that was seen here.
  var promise = LogIdentity.none.promise
  /// The highest epoch that a master took here.
  var epochTaken = Epoch.none
  /// What the log knew to be acknowledged at the last look.
  var commitSeen = Offset.zero
  /// Something rotted here and was not seen to be whole again.
  var isRotten = false
  /// Something has rotted here at some time.
  var wasRotten = false

  /// - Parameter disksEver: above zero if its disk was another machine's before.
  init(index: Int, disk: SimulatedDisk, disksEver: Int = 0, seed: UInt64) {
    self.index = index
    self.disksEver = disksEver
    self.disk = disk
    faults = DiskFaults(of: disk, seed: seed)
  }

  /// The process is gone, and the disk is what that left.
  func crash(leaving disk: SimulatedDisk, seed: UInt64) {
    let failing = faults.failing
    log = nil
    master = nil
    boot += 1
    isCommitPlanned = false
    self.disk = disk
    faults = DiskFaults(of: disk, seed: seed)
    faults.failing = failing
  }

  /// Another disk is put in, with another history.
  func replaceDisk(by disk: SimulatedDisk, seed: UInt64) {
    crash(leaving: disk, seed: seed)
    faults.failing = 0
    disksEver += 1
    node = nil
    chain = []
    changedSince = nil
    seen = nil
    durable = nil
    promise = LogIdentity.none.promise
    epochTaken = .none
    commitSeen = .zero
    isRotten = false
    wasRotten = false
  }

  /// Names the disk among all of the simulation.
  var diskNumber: Int { index << 32 | disksEver }

  /// From now on the disk works.
  func heal() {
    faults.heal()
    disk.setCapacity(nil)
  }

  /// Whether no fault of the disk is to be seen at the moment.
  var isSound: Bool { faults.failing == 0 && faults.corpse == nil && disk.capacity == nil }

  /// Whether the entry is there durably, and it and all before it can be read.
  func holds(_ point: LogPoint) -> Bool {
    guard !isAbandoned, let durable, point.offset <= durable.offset, chain.point(at: point.offset) == point else {
      return false
    }
    guard isRotten else { return true }
    let report = try? Verify.run(disk)
    return report?.identity != nil && report.map { $0.last >= point.offset } ?? false
  }

  /// Whether nothing there is damaged; looks at all of the disk if something may be.
  var isWhole: Bool {
    guard isRotten else { return true }
    guard let report = try? Verify.run(disk), report.isWhole, let durable else { return false }
    guard report.last >= durable.offset else { return false }
    isRotten = false
    return true
  }

  /// Small, so that segments roll, old entries leave memory and reads are sparse.
  static func options(using random: inout SplitMix64) -> DiskLogOptions {
    var options = DiskLogOptions()
    options.segmentBytes = 4096 + random.number(100...3000)
    options.tailBytesMin = random.number(0...1500)
    options.memoryPieceBytes = 3000
    options.reservePieceBytes = random.number(100...2000)
    options.pendingBytesMax = random.number(1000...20_000)
    options.checkBytesPerSecond = 0
    return options
  }
}
