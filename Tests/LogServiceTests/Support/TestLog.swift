import LogStorage
import ReplicationCore
import SimulatedDisk

extension DiskLogOptions {
  /// Nothing goes on in the background.
  static var test: DiskLogOptions {
    var options = DiskLogOptions()
    options.checkBytesPerSecond = 0
    return options
  }

  /// Many small segments, and nothing kept in memory: what is read is read from the disk.
  static var small: DiskLogOptions {
    var options = test
    options.segmentBytes = 8 << 10
    options.reservePieceBytes = 4 << 10
    options.tailBytesMin = 0
    return options
  }
}

extension DiskLog {
  /// A node's log on a disk in memory, with its thread.
  static func started(
    on disk: SimulatedDisk = SimulatedDisk(), options: DiskLogOptions = .test
  ) throws -> DiskLog {
    let log = try held(on: disk, options: options)
    try log.start()
    return log
  }

  /// One without its thread, so that its syncs end when the test says so.
  static func held(on disk: SimulatedDisk = SimulatedDisk(), options: DiskLogOptions = .test) throws -> DiskLog {
    try open(in: disk, options: options)
  }

  /// Everything that was appended becomes durable now.
  func finishSync() {
    while commitOnce() {}
  }

  /// Syncs end by themselves from now on.
  func letGo() throws {
    try start()
  }

  /// Appends messages as a master does, and makes them durable, a few at a time: segments begin between two commits.
  func fill(_ texts: [String], epoch: UInt64 = 1) throws {
    for (index, text) in texts.enumerated() {
      _ = try append(payload: Array(text.utf8), epoch: Epoch(epoch), time: 0)
      if index % 20 == 19 { finishSync() }
    }
    finishSync()
  }

  /// All durable messages.
  var texts: [String] {
    get throws {
      let end = end
      guard end.durable > .zero else { return [] }
      var texts: [String] = []
      try read(from: Offset(1), through: end.durable, generation: end.generation).forEach { entry in
        texts.append(String(decoding: entry.payload, as: UTF8.self))
      }
      return texts
    }
  }
}

extension LogID {
  /// The log of a test.
  static let test = LogID(high: 1, low: 1)
}

extension SimulatedDisk {
  /// The disk of a node that was stopped.
  /// - Parameters:
  ///   - id: of its log.
  ///   - promise: the epoch that it follows, or takes.
  ///   - commit: what it knows to be acknowledged.
  ///   - fill: puts entries into the log.
  static func holding(
    _ id: LogID = .test, promise: UInt64 = 1, commit: UInt64 = 0, options: DiskLogOptions = .test,
    _ fill: (DiskLog) throws -> Void
  ) throws -> SimulatedDisk {
    let disk = SimulatedDisk()
    let log = try DiskLog.held(on: disk, options: options)
    try log.setIdentity(LogIdentity(log: id, promise: Mastership(epoch: Epoch(promise), startID: promise)))
    try fill(log)
    log.noteCommit(Offset(commit))
    log.close()
    return disk
  }

  /// The same with these texts, all of epoch 1.
  static func holding(
    _ texts: [String], of id: LogID = .test, promise: UInt64 = 1, commit: UInt64 = 0, options: DiskLogOptions = .test
  ) throws -> SimulatedDisk {
    try holding(id, promise: promise, commit: commit, options: options) { try $0.fill(texts) }
  }

  /// What was set aside on it.
  var aside: [String] { names().filter { $0.hasPrefix("aside-") } }

  /// The segments, in their order.
  var segments: [String] { names().filter { $0.hasSuffix(".log") && !$0.hasPrefix("aside-") } }

  /// Turns a bit in the middle of a segment.
  func damageMiddle(ofSegment index: Int) {
    precondition(segments.count > index + 1, "\(segments)")
    damage(.flippedBit(segments[index], position: 7_000, bit: 3))
  }
}
