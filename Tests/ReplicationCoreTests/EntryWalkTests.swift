import ReplicationCore
import Testing

@Suite struct EntryWalkTests {
  private let points: [LogPoint]
  private let entries: [[UInt8]]

  init() {
    var (points, entries): ([LogPoint], [[UInt8]]) = ([LogPoint(beginning: LogID(high: 1, low: 2))], [])
    for size in [5, 0, 300, 7] {
      var bytes: [UInt8] = []
      let entry = Entry(
        offset: points[entries.count].offset.next, epoch: Epoch(1), time: 0, payload: Array(repeating: 9, count: size))
      points.append(entry.encode(into: &bytes, after: points[entries.count]))
      entries.append(bytes)
    }
    (self.points, self.entries) = (points, entries)
  }

  private var bytes: [UInt8] { entries.flatMap(\.self) }

  private func walk(
    _ bytes: [UInt8], through last: UInt64 = 4, bytesMax: Int = .max
  ) -> (stop: EntryWalk.Stop, point: LogPoint, bytesTaken: Int) {
    var walk = EntryWalk(after: points[0])
    let stop = bytes.withUnsafeBytes { walk.take($0, through: Offset(last), bytesMax: bytesMax) }
    return (stop, walk.point, walk.bytesTaken)
  }

  @Test(arguments: 0...4) func itEndsWithTheLastOneAskedFor(last: Int) {
    let size = entries[..<last].reduce(0) { $0 + $1.count }
    #expect(walk(bytes, through: UInt64(last)) == (.done, points[last], size))
  }

  @Test func itTakesNoMoreThanItMayButOne() {
    let sizes = entries.map(\.count)
    #expect(walk(bytes, bytesMax: 0) == (.done, points[1], sizes[0]))
    #expect(walk(bytes, bytesMax: sizes[0] + sizes[1] - 1) == (.done, points[1], sizes[0]))
    #expect(walk(bytes, bytesMax: sizes[0] + sizes[1]) == (.done, points[2], sizes[0] + sizes[1]))
  }

  /// Cut at each byte: it takes what is whole, says how much there must be, and goes on when there is.
  @Test func itGoesOnWithMore() {
    for count in 0..<bytes.count {
      var walk = EntryWalk(after: points[0])
      var there = count
      while true {
        let stop = bytes[..<there].withUnsafeBytes { walk.take($0, through: Offset(4), bytesMax: .max) }
        if stop == .done { break }
        guard case .needs(let needed) = stop, needed > there, needed <= bytes.count else {
          Issue.record("\(stop) with \(there) of \(bytes.count) bytes")
          break
        }
        there = needed
      }
      #expect(walk.point == points[4] && walk.bytesTaken == bytes.count)
    }
  }

  @Test func nothingThatIsBrokenIsTaken() {
    var begin = 0
    for (index, entry) in entries.enumerated() {
      for byte in begin..<begin + entry.count {
        var damaged = bytes
        damaged[byte] ^= 0x10
        let (stop, point, taken) = walk(damaged)
        #expect(stop != .done && point == points[index] && taken == begin, "byte \(byte)")
      }
      begin += entry.count
    }
    #expect(walk(entries[1]).stop == .broken, "not the next one")
  }
}
