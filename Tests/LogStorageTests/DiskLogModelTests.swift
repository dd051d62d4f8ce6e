import LogStorage
import ReplicationCore
import SimulatedDisk
import Testing

/// The log on a disk beside the one in memory, under random calls, and opened anew at random moments.
@Suite struct DiskLogModelTests {
  private struct Pair {
    var disk: SimulatedDisk
    var log: DiskLog
    let model = MemoryLog()
    let options: DiskLogOptions
    var random: SeededGenerator
    var epoch: UInt64 = 1

    mutating func step() throws {
      switch Int.random(in: 0..<40, using: &random) {
      case 0..<14: try append()
      case 14..<22: log.commitOnce()
      case 22..<32: try read()
      case 32: try cut()
      case 33: try promise()
      case 34: log.noteCommit(log.end.durablePoint.offset)
      case 35: try reopen(closing: true) { $0 }
      case 36: try reopen { $0.killed() }
      case 37:
        try reopen { [random] in
          var random = random; return $0.crashed(using: &random)
        }
      case 38: log.checkSegments()
      default: epoch += 1
      }
      let end = log.end
      #expect(end.lastPoint == model.end.lastPoint)
      #expect(end.durable <= end.last)
      #expect(try log.point(at: end.durable) == end.durablePoint)
      #expect(log.trouble == nil)
      #expect(log.commitKnown <= end.last)
    }

    mutating func append() throws {
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let size = Int.random(in: 0...700, using: &random)
        let payload = [UInt8](repeating: UInt8.random(in: 0...255, using: &random), count: size)
        let offset = model.append(payload: payload, epoch: Epoch(epoch), time: random.next())
        let run = try model.read(from: offset, through: offset, generation: model.end.generation)
        if Bool.random(using: &random) {
          try log.append(run)
        } else {
          var time: UInt64 = 0
          run.forEach { time = $0.time }
          #expect(try log.append(payload: payload, epoch: Epoch(epoch), time: time) == offset)
        }
      }
    }

    mutating func read() throws {
      let count = model.end.last.rawValue
      guard count > 0 else { return }
      let first = UInt64.random(in: 1...count, using: &random)
      let last = UInt64.random(in: first...count, using: &random)
      let expected = try model.read(from: Offset(first), through: Offset(last), generation: model.end.generation)
      #expect(
        try log.read(from: Offset(first), through: Offset(last), generation: log.end.generation) == expected)
      #expect(try log.point(at: Offset(first)) == model.point(at: Offset(first)))
      #expect(try log.point(at: Offset(count + 1)) == nil)
      let bytesMax = Int.random(in: 1...5000, using: &random)
      let run = try #require(try log.runEnd(from: Offset(first), bytesMax: bytesMax, entriesMax: 9))
      let bytes = try model.read(from: Offset(first), through: run.last, generation: model.end.generation).bytes
      #expect(run.bytes == bytes.count)
      #expect(run.last.rawValue - first < 9)
      #expect(run.bytes <= bytesMax || run.last == Offset(first))
      #expect(try log.runEnd(from: Offset(count + 1), bytesMax: bytesMax, entriesMax: 9) == nil)
      try readOn(from: Offset(first), bytesMax: bytesMax)
      // A request that comes again and again, also after a cut.
      try readOn(from: Offset(1), bytesMax: 3000)
    }

    /// Run after run to the end, as one who reads page after page.
    private mutating func readOn(from first: Offset, bytesMax: Int) throws {
      let (generation, last) = (log.end.generation, model.end.last)
      var bytes: [UInt8] = []
      var next = first
      while next <= last {
        let run = try log.run(from: next, through: last, bytesMax: bytesMax, entriesMax: 9, generation: generation)
        #expect(run.first == next && run.count <= 9 && (run.bytes.count <= bytesMax || run.count == 1))
        // The same again, and as much of it as another reader may see: it may have been kept.
        #expect(
          try log.run(from: next, through: last, bytesMax: bytesMax, entriesMax: 9, generation: generation) == run)
        let less = Offset(UInt64.random(in: next.rawValue...run.last.rawValue, using: &random))
        let part = try log.run(from: next, through: less, bytesMax: bytesMax, entriesMax: 9, generation: generation)
        #expect(part.last == less)
        bytes.append(contentsOf: run.bytes)
        next = run.last.next
      }
      #expect(Array(try model.read(from: first, through: last, generation: model.end.generation).bytes) == bytes)
      #expect(throws: LogReadError.reset) {
        try log.run(from: first, through: last, bytesMax: bytesMax, entriesMax: 9, generation: generation + 1)
      }
    }

    mutating func cut() throws {
      let offset = Offset(UInt64.random(in: log.commitKnown.rawValue...model.end.last.rawValue, using: &random))
      let generation = log.end.generation
      let isCut = offset < log.end.last
      try log.cut(after: offset)
      model.cut(after: offset)
      #expect((log.end.generation > generation) == isCut)
    }

    mutating func promise() throws {
      epoch += 1
      let identity = LogIdentity(
        log: DiskLogTesting.identity.log, promise: Mastership(epoch: Epoch(epoch), startID: random.next()))
      try log.setIdentity(identity)
      model.setIdentity(identity)
    }

    /// Nothing durable may be missing afterwards; what was not may be, from some offset on.
    mutating func reopen(closing: Bool = false, _ left: (SimulatedDisk) -> SimulatedDisk) throws {
      if closing {
        log.close()
        #expect(log.end.durable == log.end.last)
      }
      let durable = log.end.durable
      let known = log.commitKnown
      disk = left(disk)
      log = try DiskLogTesting.open(disk, options)
      if closing { #expect(log.commitKnown == known) }
      #expect(log.end.durable >= durable)
      #expect(log.end.durable == log.end.last)
      #expect(log.commitKnown <= known)
      model.cut(after: log.end.last)
      #expect(log.identity == model.identity)
      #expect(log.node == DiskLogTesting.node)
      epoch = max(epoch, log.end.lastPoint.epoch.rawValue)
    }
  }

  @Test(arguments: 1...60 as ClosedRange<UInt64>)
  func theLogDoesWhatOneInMemoryDoesAndLosesNothingDurable(seed: UInt64) throws {
    var options = DiskLogTesting.options
    if seed % 3 == 0 { options.tailBytesMin = 4 << 20 }
    let disk = SimulatedDisk()
    let log = try DiskLogTesting.begin(disk, options)
    var pair = Pair(disk: disk, log: log, options: options, random: SeededGenerator(seed: seed))
    pair.model.setIdentity(DiskLogTesting.identity)
    for _ in 0..<250 { try pair.step() }
    try pair.reopen(closing: true) { $0.powerLoss(keeping: .nothing) }
    #expect(pair.log.end.lastPoint == pair.model.end.lastPoint)
    pair.log.checkSegments()
    #expect(pair.log.trouble == nil)
  }
}
