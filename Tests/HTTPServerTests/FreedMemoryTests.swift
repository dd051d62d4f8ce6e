import Glibc
import HTTPServer
import Testing

@Suite struct FreedMemoryTests {
  @Test(.enabled(if: !isSanitized)) func batchesAfterEachOtherAreNotClearedAnew() async {
    // In a process of its own: the allocator belongs to all threads.
    await #expect(processExitsWith: .success) {
      FreedMemory.keep()
      let faultsOfFirst = pageFaults(ofBatches: 1)
      #expect(faultsOfFirst > 500)
      #expect(pageFaults(ofBatches: 100) < faultsOfFirst)
    }
  }
}

/// How many pages the system had to give for so many batches, each freed before the next one.
private func pageFaults(ofBatches count: Int) -> Int {
  let size = 1 << 20
  let before = minorFaults()
  for _ in 0..<count {
    let bodies = (0..<4).map { _ in UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8) }
    for body in bodies { memset(body, 1, size) }
    for body in bodies { body.deallocate() }
  }
  return minorFaults() - before
}

/// The pages that the process got so far without reading a disk. `getrusage(2)`.
private func minorFaults() -> Int {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_minflt
}
