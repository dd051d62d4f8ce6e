internal import FuzzInput
internal import SimulatedDisk

/// What libFuzzer calls before anything else.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(_ count: UnsafeMutableRawPointer, _ arguments: UnsafeMutableRawPointer) -> Int32 {
  Seeds.writeIfAsked { StorageSeeds.all }
  return 0
}

/// What libFuzzer calls with each input: a folder, which is looked at, opened, written to and opened again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let folder = FolderInput(decoding: Array(UnsafeBufferPointer(start: start, count: count)))
  let disk = SimulatedDisk(capacity: 16 << 20)
  folder.write(to: disk)
  FolderCheck(disk).run()
  return 0
}
