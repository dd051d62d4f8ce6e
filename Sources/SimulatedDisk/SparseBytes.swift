/// The bytes of one file: pages that were written, zeros between them. A copy is cheap and shares the pages.
struct SparseBytes: Sendable {
  static let pageBytes = 4096
  private static let zeros = [UInt8](repeating: 0, count: pageBytes)

  /// How long the file is.
  private(set) var count = 0
  private var pages: [Int: [UInt8]] = [:]

  /// Copies what lies at `position`, up to the end of the file at the most.
  /// - Returns: how many bytes were copied.
  func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) -> Int {
    let end = min(count, position + buffer.count)
    guard position < end else { return 0 }
    Self.forEachPage(from: position, to: end) { page, within in
      let target = UnsafeMutableRawBufferPointer(
        rebasing: buffer[(page * Self.pageBytes + within.lowerBound - position)...].prefix(within.count))
      if let bytes = pages[page] {
        bytes.withUnsafeBytes { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[within])) }
      } else {
        target.initializeMemory(as: UInt8.self, repeating: 0)
      }
    }
    return end - position
  }

  /// Puts bytes at `position`. The length stays; what lies beyond it is seen once the file has grown so far.
  mutating func write(_ bytes: UnsafeRawBufferPointer, at position: Int) {
    Self.forEachPage(from: position, to: position + bytes.count) { page, within in
      let begin = page * Self.pageBytes + within.lowerBound - position
      let source = UnsafeRawBufferPointer(rebasing: bytes[begin..<begin + within.count])
      pages[page, default: Self.zeros].withUnsafeMutableBytes {
        UnsafeMutableRawBufferPointer(rebasing: $0[within]).copyMemory(from: source)
      }
    }
  }

  /// Makes the file at least so long.
  mutating func extend(to size: Int) { count = max(count, size) }

  /// Makes the file so long; what lay beyond is gone.
  mutating func truncate(to size: Int) {
    count = size
    trim()
  }

  /// Forgets what lies beyond the length.
  mutating func trim() {
    let (last, within) = count.quotientAndRemainder(dividingBy: Self.pageBytes)
    for page in pages.keys where page > last || (page == last && within == 0) { pages[page] = nil }
    if within > 0 {
      pages[last]?.withUnsafeMutableBytes { page in
        _ = UnsafeMutableRawBufferPointer(rebasing: page[within...]).initializeMemory(as: UInt8.self, repeating: 0)
      }
    }
  }

  /// Takes over what `other` has in a range, page by page, and its length.
  mutating func adopt(_ range: Range<Int>, of other: SparseBytes) {
    count = other.count
    Self.forEachPage(from: range.lowerBound, to: range.upperBound) { page, _ in pages[page] = other.pages[page] }
  }

  /// Feeds the length and the bytes to a hasher; two contents that read the same may differ in it.
  func hash(into hasher: inout Hasher) {
    hasher.combine(count)
    for page in pages.keys.sorted() {
      hasher.combine(page)
      pages[page]?.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
  }

  private static func forEachPage(from begin: Int, to end: Int, _ body: (_ page: Int, _ within: Range<Int>) -> Void) {
    var position = begin
    while position < end {
      let (page, within) = position.quotientAndRemainder(dividingBy: pageBytes)
      let step = min(pageBytes - within, end - position)
      body(page, within..<within + step)
      position += step
    }
  }
}
