import Glibc
import Testing

/// Waits until the condition holds; a failed expectation when it still does not after `seconds`.
func eventually(
  _ what: Comment, seconds: Double = 5, at location: SourceLocation = #_sourceLocation,
  _ condition: () throws -> Bool
) async throws {
  let end = ContinuousClock.now + .seconds(seconds)
  while ContinuousClock.now < end {
    if try condition() { return }
    try await Task.sleep(for: .milliseconds(2))
  }
  #expect(try condition(), what, sourceLocation: location)
}

/// How many entries a directory of /proc/self has: threads (`task`), open descriptors (`fd`).
func processCount(_ directory: String) -> Int {
  guard let handle = opendir("/proc/self/\(directory)") else { return -1 }
  defer { closedir(handle) }
  var count = 0
  while readdir(handle) != nil { count += 1 }
  return count
}

/// The process's resident memory in bytes.
func residentBytes() -> Int {
  guard let file = fopen("/proc/self/statm", "r") else { return -1 }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 256)
  guard fgets(&line, Int32(line.count), file) != nil else { return -1 }
  let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  return (Int(text.split(separator: " ")[1]) ?? -1) * sysconf(Int32(_SC_PAGESIZE))
}

/// The processor time of all the process's threads, in seconds.
func processSeconds() -> Double { Double(clock()) / 1_000_000 }

/// Whether this process was built with AddressSanitizer.
var isAddressSanitized: Bool { dlsym(nil, "__asan_init") != nil }

/// Whether a sanitizer's allocator is used, which keeps what was freed.
var isSanitized: Bool { isAddressSanitized || dlsym(nil, "__tsan_init") != nil }
