import LogStorage
import SimulatedDisk

/// A small generator of random numbers, the same for the same seed on every machine (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

extension SimulatedDisk {
  /// What a file reads as; nil if there is none.
  func content(_ name: String) -> [UInt8]? {
    guard let file = try? open(name, isWritable: false) else { return nil }
    defer { file.close() }
    return try? file.read((try? file.size()) ?? 0, at: 0)
  }

  /// A synced file under a durable name, still open.
  func durableFile(_ name: String, _ bytes: [UInt8]) throws -> any File {
    let file = try create(name)
    try file.write(bytes, at: 0)
    try file.sync()
    try syncFolder()
    return file
  }

  /// Everything a power loss may leave, as far as a small test can have it.
  func allCrashStates() -> [SimulatedDisk] {
    var generator = SeededGenerator(seed: 1)
    return crashStates(limit: 4096, using: &generator)
  }

  /// What a file may read as after a power loss.
  func contentsAfterPowerLoss(_ name: String) -> Set<[UInt8]?> { Set(allCrashStates().map { $0.content(name) }) }
}

/// A sector of one value.
func sector(_ value: UInt8, count: Int = 1) -> [UInt8] { [UInt8](repeating: value, count: 512 * count) }
