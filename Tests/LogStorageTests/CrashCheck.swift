@testable import LogStorage
import ReplicationCore
import SimulatedDisk

/// Opens the log on disks as a crash left them, and looks whether it is what was promised.
struct CrashCheck {
  /// How many states were looked at.
  private(set) var count = 0
  /// What was wrong, the first few times.
  private(set) var failures: [String] = []
  private var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// A crash after each operation of a run.
  /// - Parameters:
  ///   - begin: from which operation on.
  ///   - momentsMax: how many of the operations are tried at the most, chosen at random.
  ///   - limit: how many states of unsynced data are tried for each.
  ///   - place: what to say with a failure.
  mutating func crashAfterEachOperation(
    of run: CrashRun, from begin: Int = 0, sampling momentsMax: Int = .max, limit: Int, _ place: String = ""
  ) {
    let moments = run.disk.history.filter { ($0.lastOperation?.number ?? 0) >= begin }
    for moment in momentsMax < moments.count ? Array(moments.shuffled(using: &generator).prefix(momentsMax)) : moments {
      guard let operation = moment.lastOperation, let promise = run.promises[operation.number] else { continue }
      check(moment, promise, limit: limit, "\(place) after \(operation)")
    }
  }

  /// A crash now: a loss of power or a kill.
  mutating func check(_ moment: SimulatedDisk, _ promise: CrashPromise, limit: Int, _ place: String) {
    check(moment.crashStates(limit: limit, using: &generator) + [moment.killed()], promise, place)
  }

  /// What a crash left, in one state or another.
  mutating func check(_ states: [SimulatedDisk], _ promise: CrashPromise, _ place: String) {
    guard failures.count < 5 else { return }
    for (number, state) in states.enumerated() {
      count += 1
      if let failure = failure(of: state, promise, isDeep: count % 8 == 0) {
        failures.append("\(place), state \(number) with \(state.names()): \(failure)")
        return
      }
    }
  }

  /// - Returns: what is wrong; nil if nothing is.
  private mutating func failure(of disk: SimulatedDisk, _ promise: CrashPromise, isDeep: Bool) -> String? {
    do {
      disk.setCapacity(nil)
      let before = disk.killed()
      let log = try DiskLog.open(in: disk, options: CrashRun.options, newNode: CrashRun.node)
      let points = log.allPoints()
      if let trouble = log.trouble { return "trouble: \(trouble)" }
      if let node = promise.node, log.node != node { return "another node: \(log.node)" }
      guard log.end.last == log.end.durable, points.last == log.end.lastPoint else {
        return "the end is \(log.end), readable up to \(points.last.map(String.init(describing:)) ?? "nothing")"
      }
      guard promise.histories.contains(where: { $0.allows(points) }) else {
        return "came back with \(points.last.map(String.init(describing:)) ?? "nothing"), promised: "
          + promise.histories.map { "\($0.durable) of \($0.points.suffix(3))" }.joined(separator: " or ")
      }
      guard promise.identities.contains(log.identity) else { return "identity \(log.identity)" }
      guard points.first == LogPoint(beginning: log.identity.log) else { return "the log begins with \(points[0])" }
      guard log.commitKnown <= promise.commitMax else { return "commit \(log.commitKnown) was never said" }
      if !promise.isCutting, let torn = tornBytes(before, log) {
        guard torn == (log.recovery.tornTail?.bytes ?? 0) else {
          return "\(torn) bytes were torn, and reported was \(String(describing: log.recovery.tornTail))"
        }
      }
      if let failure = failureOfOpeningAgain(disk.powerLoss(keeping: .nothing), log, points) { return failure }
      return isDeep ? try failureOfGoingOn(disk, log, points) : nil
    } catch {
      return "\(error)"
    }
  }

  /// What the first opening found is durable, and the second finds nothing to do.
  private func failureOfOpeningAgain(_ disk: SimulatedDisk, _ first: DiskLog, _ points: [LogPoint]) -> String? {
    do {
      let log = try DiskLog.open(in: disk, options: CrashRun.options)
      guard log.trouble == nil, log.allPoints() == points, log.identity == first.identity, log.node == first.node else {
        return "opened again, it is \(log.end), \(log.identity), trouble \(String(describing: log.trouble))"
      }
      guard log.recovery.tornTail == nil, log.recovery.mended.isEmpty else {
        return "opened again, there was something to mend: \(log.recovery)"
      }
      return nil
    } catch {
      return "opened again: \(error)"
    }
  }

  /// The log takes entries, and they survive the next crash.
  private mutating func failureOfGoingOn(_ disk: SimulatedDisk, _ log: DiskLog, _ points: [LogPoint]) throws -> String?
  {
    var points = points
    let epoch = max(log.identity.promise.epoch, log.end.lastPoint.epoch)
    for round in 0..<4 {
      for _ in 0..<2 {
        let offset = try log.append(
          payload: [UInt8](repeating: UInt8(round), count: 500), epoch: epoch, time: 1_000_000)
        if let point = try log.point(at: offset) { points.append(point) }
      }
      if round < 3 { log.commitOnce() }
    }
    let durable = log.end.durable
    guard durable.rawValue == UInt64(points.count - 3) else { return "going on, only \(durable) is durable" }
    let again = try DiskLog.open(in: disk.crashed(using: &generator), options: CrashRun.options)
    let found = again.allPoints()
    guard again.trouble == nil, CrashPromise.History(points: points, durable: durable).allows(found) else {
      return "after another crash it is \(again.end), trouble \(String(describing: again.trouble))"
    }
    return nil
  }

  /// How many bytes that aren't zero follow the last whole entry in the last segment; nil if that one was removed or replaced.
  private func tornBytes(_ disk: SimulatedDisk, _ log: DiskLog) -> Int? {
    guard let name = FolderContent.segments(disk.names()).last, let first = SegmentHeader.first(ofName: name),
      let file = try? disk.open(name, isWritable: false),
      let size = try? file.size(), size >= SegmentHeader.bytes, let all = try? file.read(size, at: 0),
      (try? SegmentHeader(decoding: Array(all[..<SegmentHeader.bytes]))) != nil
    else { return nil }
    defer { file.close() }
    var position = SegmentHeader.bytes
    if first <= log.end.last {
      guard let run = try? log.read(from: first, through: log.end.last, generation: log.end.generation) else {
        return nil
      }
      position += run.bytes.count
    }
    guard position <= all.count else { return nil }
    return (all[position...].lastIndex { $0 != 0 } ?? position - 1) + 1 - position
  }
}

extension CrashPromise.History {
  /// Whether a log with these points is a beginning of the history and long enough.
  func allows(_ found: [LogPoint]) -> Bool {
    found.count <= points.count && found.elementsEqual(points.prefix(found.count))
      && found.last.map { $0.offset >= durable } ?? false
  }
}
