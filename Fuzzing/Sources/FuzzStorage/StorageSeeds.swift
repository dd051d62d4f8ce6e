internal import FuzzInput
internal import LogStorage
internal import ReplicationCore
internal import SimulatedDisk

/// Small folders as the log leaves them: with one segment and with several, untouched or with a torn end.
enum StorageSeeds {
  static var all: [[UInt8]] {
    do {
      let folders = [
        try folder(entries: 0, segmentBytes: 8 << 10), try folder(entries: 3, segmentBytes: 8 << 10),
        try folder(entries: 4, segmentBytes: 4200),
      ]
      let repairs: [FolderInput.Repair] = [[], [.blocks], [.blocks, .entries], [.blocks, .entries, .numbers, .links]]
      var inputs: [[UInt8]] = [[0]]
      for folder in folders {
        for repair in repairs { inputs.append(try FolderInput(folder, repair: repair).encoded()) }
        inputs += extremes(of: try FolderInput(folder, repair: [.blocks]))
      }
      return inputs
    } catch {
      fatalError("\(error)")
    }
  }

  /// The folder with the largest number in each field of a block: no mutation hits all eight bytes of one soon.
  private static func extremes(of folder: FolderInput) -> [[UInt8]] {
    var inputs: [[UInt8]] = []
    for (file, content) in folder.files.enumerated() {
      for block in content.blocks.indices {
        for field in 0..<7 {
          var input = folder
          input.files[file].blocks[block].put(.max, at: 24 + 8 * field)
          inputs.append(input.encoded())
        }
      }
    }
    return inputs
  }

  private static func folder(entries: Int, segmentBytes: Int) throws -> SimulatedDisk {
    let disk = SimulatedDisk()
    var options = DiskLogOptions()
    (options.segmentBytes, options.reservePieceBytes) = (segmentBytes, 4096)
    let log = try DiskLog.open(in: disk, options: options, newNode: NodeID(high: 1, low: 2))
    let promise = Mastership(epoch: Epoch(3), startID: 4)
    try log.setIdentity(LogIdentity(log: LogID(high: 5, low: 6), promise: promise))
    for number in 0..<entries {
      _ = try log.append(payload: Array("message \(number)".utf8), epoch: Epoch(3), time: 7)
      while log.commitOnce() {}
    }
    log.close()
    return disk
  }
}
