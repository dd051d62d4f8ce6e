import Glibc
import LogStorage
import ReplicationCore
import SimulatedDisk

/// What tests of a log on a simulated disk have in common.
enum DiskLogTesting {
  /// Everything small, nothing kept in memory once it is durable: every read comes from a file.
  static var options: DiskLogOptions {
    var options = DiskLogOptions()
    options.segmentBytes = 12 << 10
    options.pendingBytesMax = 64 << 10
    options.tailBytesMin = 0
    options.memoryPieceBytes = 1 << 10
    options.reservePieceBytes = 8 << 10
    return options
  }

  static let full = DiskFailure(ENOSPC)
  static let broken = DiskFailure(EIO)
  static let node = NodeID(high: 11, low: 12)
  static let identity = LogIdentity(
    log: LogID(high: 5, low: 6), promise: Mastership(epoch: Epoch(1), startID: 99))

  static func open(
    _ disk: any FileSystem, _ options: DiskLogOptions = options
  ) throws(StorageError) -> DiskLog {
    try DiskLog.open(in: disk, options: options, newNode: node)
  }

  /// A log with a name on an empty disk.
  static func begin(_ disk: any FileSystem, _ options: DiskLogOptions = options) throws -> DiskLog {
    let log = try open(disk, options)
    try log.setIdentity(identity)
    return log
  }
}

/// The same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    // SplitMix64, by Sebastiano Vigna.
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

extension DiskLog {
  /// Appends entries of a size and commits each batch of them.
  func fill(_ count: Int, bytes: Int = 100, batch: Int = 1, epoch: UInt64 = 1) throws {
    for number in 0..<count {
      let payload = [UInt8](repeating: UInt8(1 + number % 255), count: bytes)
      _ = try append(payload: payload, epoch: Epoch(epoch), time: UInt64(number))
      if (number + 1) % batch == 0 { commitAll() }
    }
    commitAll()
  }

  /// Works as the storage thread does until there is nothing more to do at once.
  func commitAll() {
    while commitOnce() {}
  }

  /// The bytes of all entries from `first` on, read run by run.
  func everything(from first: Offset = Offset(1), runBytes: Int = 1000) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var next = first
    let generation = end.generation
    while let run = try runEnd(from: next, bytesMax: runBytes, entriesMax: 50) {
      bytes.append(contentsOf: try read(from: next, through: run.last, generation: generation).bytes)
      next = run.last.next
    }
    return bytes
  }
}
