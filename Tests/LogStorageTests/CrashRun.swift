import Glibc
import Locking
import LogStorage
import ReplicationCore
import SimulatedDisk

/// What a crash at one moment must leave.
struct CrashPromise {
  /// One way in which the log may come back: with the first of these points, and at least up to `durable`.
  struct History {
    /// From that of the beginning.
    var points: [LogPoint]
    /// Told durable.
    var durable: Offset
  }

  /// One of them.
  var histories: [History]
  /// One of them.
  var identities: [LogIdentity]
  /// The highest offset that was ever said to be acknowledged.
  var commitMax = Offset.zero
  /// Nil before the log was opened for the first time.
  var node: NodeID?
  /// Whether what follows the last entry may be left from entries that are being cut.
  var isCutting = false

  /// Of a folder in which nothing was ever done.
  static let none = CrashPromise(
    histories: [History(points: [LogPoint(beginning: .none)], durable: .zero)], identities: [.none])
}

/// A log that works on a simulated disk, and for each operation on the disk what had been promised at that moment.
///
/// No thread: commits happen where the run says.
final class CrashRun {
  static let node = NodeID(high: 11, low: 12)
  static let logID = LogID(high: 21, low: 22)

  static var options: DiskLogOptions {
    var options = DiskLogOptions()
    options.segmentBytes = 4096 + 2000
    options.reservePieceBytes = 3000
    options.tailBytesMin = 1000
    options.memoryPieceBytes = 500
    return options
  }

  let disk: SimulatedDisk
  let options: DiskLogOptions
  private(set) var log: DiskLog
  /// What holds after the last step.
  private(set) var promise: CrashPromise
  /// By the number of the operation after which it holds.
  private(set) var promises: [Int: CrashPromise] = [:]
  private var time: UInt64 = 0
  private let told: Told

  /// What readers were told while a step was under way, by the number of the last operation before. Told to them without the
  /// log's thread knowing: the disk asks before each operation.
  private final class Told: Sendable {
    struct Moment {
      var durable: Offset
      var identity: LogIdentity
    }

    private struct State: Sendable {
      weak var log: DiskLog?
      var moments: [Int: Moment] = [:]
      var failing: (@Sendable (DiskOperation) -> DiskFailure?)?
    }

    private let state = Locked(State())

    func watch(_ log: DiskLog?) { state.withLock { $0.log = log } }

    func fail(_ failing: (@Sendable (DiskOperation) -> DiskFailure?)?) { state.withLock { $0.failing = failing } }

    func before(_ operation: DiskOperation) -> DiskFailure? {
      // Space is reserved under the log's own lock.
      if operation.isChange, operation.kind != .reserve, let log = state.withLock({ $0.log }) {
        let moment = Moment(durable: log.end.durable, identity: log.identity)
        state.withLock { $0.moments[operation.number - 1] = moment }
      }
      return state.withLock { $0.failing }?(operation)
    }

    func moment(_ operation: Int) -> Moment? { state.withLock { $0.moments[operation] } }
  }

  /// Opens a log on a disk.
  /// - Parameters:
  ///   - disk: empty, or as a crash left it.
  ///   - promise: what it must be, if something was there before.
  ///   - sync: when entries count as durable.
  init(
    on disk: SimulatedDisk = SimulatedDisk(), promising promise: CrashPromise = .none,
    sync: DiskLogOptions.SyncPolicy = .always
  ) throws {
    self.disk = disk
    var options = Self.options
    options.sync = sync
    self.options = options
    self.promise = promise
    told = Told()
    disk.record()
    let begin = disk.counts.changes
    // No entry is ever appended twice, though it may be lost in a crash.
    time = UInt64(begin) * 1000
    disk.fail { [told] in told.before($0) }
    log = try DiskLog.open(in: disk, options: options, newNode: Self.node)
    told.watch(log)
    note(from: begin, promise)
    self.promise.node = log.node
    self.promise.histories = [.init(points: log.allPoints(), durable: log.end.durable)]
    self.promise.identities = [log.identity]
    note(from: disk.counts.changes, self.promise)
  }

  /// Lets operations on the disk fail from now on; nil: no more.
  func fail(_ failing: (@Sendable (DiskOperation) -> DiskFailure?)?) { told.fail(failing) }

  // MARK: Steps. Each may be refused where an operation fails; the promise tells what then holds.

  func append(_ count: Int = 1, bytes: Int = 300) {
    // As a node: no entry before the log's id is durable.
    guard log.identity.log == Self.logID else { return }
    let begin = disk.counts.changes
    for _ in 0..<count {
      time += 1
      let payload = [UInt8](repeating: UInt8(truncatingIfNeeded: time), count: bytes)
      let epoch = max(log.identity.promise.epoch, log.end.lastPoint.epoch)
      guard let offset = try? log.append(payload: payload, epoch: epoch, time: time),
        let point = try? log.point(at: offset)
      else { break }
      for index in promise.histories.indices { promise.histories[index].points.append(point) }
    }
    note(from: begin, promise)
  }

  /// Lets the log do what there is to do.
  func commit(_ rounds: Int = 1) {
    let begin = disk.counts.changes
    for _ in 0..<rounds { log.commitOnce() }
    note(from: begin, promise)
    settle()
  }

  func noteCommit(_ offset: Offset) {
    promise.commitMax = max(promise.commitMax, offset)
    log.noteCommit(offset)
  }

  func setIdentity(epoch: UInt64) {
    let identity = LogIdentity(log: Self.logID, promise: Mastership(epoch: Epoch(epoch), startID: epoch + 100))
    let begin = disk.counts.changes
    var during = promise
    during.identities.append(identity)
    if identity.log != log.identity.log {
      during.histories.append(.init(points: [LogPoint(beginning: identity.log)], durable: .zero))
    }
    do {
      try log.setIdentity(identity)
      note(from: begin, during)
      promise.identities = [identity]
      promise.histories = [during.histories[during.histories.count - 1]]
      note(from: disk.counts.changes, promise)
    } catch {
      promise = during
      note(from: begin, promise)
    }
  }

  func cut(after offset: Offset) {
    guard offset < log.end.last else { return }
    let begin = disk.counts.changes
    let points = Array(promise.histories[0].points.prefix { $0.offset <= offset })
    let cut = CrashPromise.History(points: points, durable: min(offset, log.end.durable))
    var during = promise
    during.isCutting = true
    // While the files are being set aside, from the last to the first, a part of the tail may be there.
    for index in during.histories.indices {
      during.histories[index].durable = min(during.histories[index].durable, offset)
    }
    let isDone = (try? log.cut(after: offset)) != nil
    note(from: begin, during)
    if isDone {
      promise.histories = [cut]
    } else if log.end.last <= offset {
      promise = during
      promise.histories.insert(cut, at: 0)
    }
    note(from: disk.counts.changes, promise)
  }

  /// Closes the log and opens it again.
  func reopen(isClosed: Bool = true) throws {
    let begin = disk.counts.changes
    if isClosed { log.close() }
    told.watch(nil)
    log = try DiskLog.open(in: disk, options: options)
    told.watch(log)
    note(from: begin, promise)
    promise.histories = [.init(points: log.allPoints(), durable: log.end.durable)]
    promise.identities = [log.identity]
    promise.isCutting = false
    note(from: disk.counts.changes, promise)
  }

  func close() {
    let begin = disk.counts.changes
    log.close()
    note(from: begin, promise)
    settle()
  }

  /// After a commit: what is durable now, and that an unfinished cut was finished if there is no trouble any more.
  private func settle() {
    if log.trouble == nil, promise.isCutting {
      promise.histories = [promise.histories[0]]
      promise.isCutting = false
    }
    for index in promise.histories.indices where log.trouble == nil || !promise.isCutting {
      promise.histories[index].durable = max(promise.histories[index].durable, log.end.durable)
    }
    note(from: disk.counts.changes, promise)
  }

  /// Remembers a promise for all operations of a step, with what was told meanwhile.
  private func note(from begin: Int, _ promise: CrashPromise) {
    for operation in begin...disk.counts.changes {
      var promise = promise
      if let moment = told.moment(operation), operation > begin {
        if !promise.isCutting {
          for index in promise.histories.indices {
            promise.histories[index].durable = max(promise.histories[index].durable, moment.durable)
          }
        }
        // Whoever sees the new identity may count on it.
        if promise.identities.count > 1, moment.identity == promise.identities.last {
          promise.identities = [moment.identity]
          promise.histories = promise.histories.suffix(1)
        }
      }
      promises[operation] = promise
    }
  }
}

extension DiskLog {
  /// The points of all entries, read from the files or memory, from that of the beginning; up to the first that can't be read.
  func allPoints() -> [LogPoint] {
    let end = end
    var points: [LogPoint] = []
    if let beginning = try? point(at: .zero) { points.append(beginning) }
    var next = Offset(1)
    while next <= end.last, let range = try? runEnd(from: next, bytesMax: 1 << 20, entriesMax: 1000),
      let run = try? read(from: next, through: range.last, generation: end.generation)
    {
      run.forEach { points.append($0.point) }
      next = run.last.next
    }
    return points
  }
}
