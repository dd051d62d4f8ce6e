/// A reader that moves from node to node, and asks in every way there is; it passes on what it has seen.
struct RecordedSession {
  private let reads: RecordedReads
  private var generator: SeededGenerator
  /// The highest offset that any node has shown to it.
  private var seen = 0
  /// Where it follows the log.
  private var next = 1

  init(_ reads: RecordedReads, seed: UInt64) {
    self.reads = reads
    generator = SeededGenerator(seed: seed)
  }

  /// Goes on until it is said to be over.
  mutating func run(while isOn: () -> Bool) async {
    while isOn() {
      await readOnce()
      // Its pace: it must not take the processor from those who write.
      try? await Task.sleep(for: .milliseconds(Int.random(in: 1...10, using: &generator)))
    }
  }

  private mutating func readOnce() async {
    let node = Int.random(in: 0..<reads.urls.count, using: &generator)
    let level = History.Read.Level.allCases.randomElement(using: &generator) ?? .local
    // A long one now and then: it is made of pieces.
    let limit = Int.random(in: 0..<100, using: &generator) == 0 ? 2_000 : Int.random(in: 1...40, using: &generator)
    let place = Int.random(in: 1...(seen + 2), using: &generator)
    // A tail that may go is only told from one that must not by its epoch.
    let isFull = node != 0 && level == .local || Bool.random(using: &generator)
    var read: History.Read?
    switch Int.random(in: 0..<4, using: &generator) {
    case 0: read = await reads.page(of: node, from: place, limit: limit, level: level, isFull: isFull)
    case 1: read = await reads.page(of: node, from: max(1, seen - 5), limit: limit, level: level, isFull: isFull)
    case 2:
      read = await reads.page(of: node, from: next, limit: limit, level: .committed, wait: 50, isFull: isFull)
      next = read.map { max($0.next, next) } ?? next
    default:
      read = await reads.page(
        of: node, from: max(1, seen - 5), limit: limit, level: level, minOffset: seen, wait: 100, isFull: isFull)
    }
    if let read { seen = max(seen, read.last) }
  }
}
