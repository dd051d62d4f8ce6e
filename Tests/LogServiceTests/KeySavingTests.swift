import LogStorage
import ReplicationCore
import SimulatedDisk
import Testing

@testable import LogService

extension LogServiceTests {
  /// A start with saved keys knows what a start without them knows.
  @Suite struct KeySavingTests {
    @Test func aStartReadsOnlyWhatCameAfter() async throws {
      let disk = try Self.disk { try $0.fill(keys: 1...50) }
      let (log, saving) = try Self.open(disk)
      #expect(try await saving.read().entries == 50)
      #expect(await saving.save(isPaced: true) { false })
      try log.fill(keys: 51...57)
      let (_, next) = try Self.open(disk.killed())
      let result = try await next.read()
      #expect(result.entries == 7)
      try await Self.expectAsReadFromTheBeginning(result.keys, log)
    }

    @Test func whatIsForgottenStaysForgotten() async throws {
      let disk = try Self.disk { try $0.fill(keys: 1...100) }
      let (_, saving) = try Self.open(disk)
      _ = try await saving.read()
      #expect(await saving.save(isPaced: false) { false })
      let result = try await Self.open(disk).1.read()
      #expect(result.entries == 0)
      for number in 1...80 { #expect(result.keys.place(number) == .forgotten) }
      for number in 81...100 { #expect(result.keys.place(number) == .at(Offset(UInt64(number)))) }
    }

    @Test func otherEntriesInThePlaceOfCutOnesHaveTheirOwnKeys() async throws {
      let disk = try Self.disk { try $0.fill(keys: 1...10) }
      let (log, saving) = try Self.open(disk)
      _ = try await saving.read()
      #expect(await saving.save(isPaced: false) { false })
      try log.cut(after: Offset(6))
      // Another history, as long as the one that was saved and then longer.
      for keys in [11...14, 15...30] {
        try log.fill(keys: keys, epoch: 2)
        let result = try await Self.open(disk.killed()).1.read()
        #expect(result.entries == UInt64(keys.upperBound - 4))
        #expect(result.keys.place(8) == .nowhere && result.keys.place(11) == .at(Offset(7)))
        try await Self.expectAsReadFromTheBeginning(result.keys, log)
      }
    }

    @Test func aLogThatIsShorterThanWhatWasSavedIsReadFromItsBeginning() async throws {
      let disk = try Self.disk { try $0.fill(keys: 1...10) }
      let (log, saving) = try Self.open(disk)
      _ = try await saving.read()
      #expect(await saving.save(isPaced: false) { false })
      try log.cut(after: Offset(4))
      let result = try await Self.open(disk.killed()).1.read()
      #expect(result.entries == 4 && result.keys.place(5) == .nowhere)
    }

    @Test func onlyWhatIsDurableIsSaved() async throws {
      let disk = try Self.disk { try $0.fill(keys: 1...10) }
      let (log, saving) = try Self.open(disk)
      _ = try await saving.read()
      for number in 11...15 { try log.append(key: number) }
      #expect(await saving.save(isPaced: false) { false })
      #expect(try log.savedOffset == Offset(10))
      log.finishSync()
      for number in 16...20 { try log.append(key: number) }
      #expect(await saving.save(isPaced: false) { false })
      #expect(try log.savedOffset == Offset(15) && log.end.last == Offset(20))
    }

    @Test func whatIsDamagedIsNotUsed() async throws {
      let disk = try Self.disk { try $0.fill(keys: 1...30) }
      let (log, saving) = try Self.open(disk)
      _ = try await saving.read()
      #expect(await saving.save(isPaced: false) { false })
      disk.damage(.flippedBit("keys", position: 4100, bit: 1))
      let result = try await Self.open(disk.killed()).1.read()
      #expect(result.entries == 30)
      try await Self.expectAsReadFromTheBeginning(result.keys, log)
    }

    @Test func aLogWithoutKeysIsNotReadForASave() async throws {
      let disk = try Self.disk { log in try log.fill((1...200).map { "message \($0)" }) }
      let (log, saving) = try Self.open(disk)
      let before = disk.counts.bytesRead
      #expect(await saving.save(isPaced: false) { true })
      #expect(disk.counts.bytesRead == before)
      #expect(try log.savedOffset == Offset(200))
      let result = try await Self.open(disk.killed()).1.read()
      #expect(result.entries == 0 && result.keys.index.isEmpty)
    }

    @Test func muchThatAStartHadToReadIsSavedAtOnce() async throws {
      let disk = try Self.disk { try $0.fill(keys: 1...50) }
      for (bytes, saved) in [(100_000, nil), (1_000, Offset(50))] as [(UInt64, Offset?)] {
        let (log, saving) = try Self.open(disk, bytesBetween: bytes)
        _ = try await saving.read()
        #expect(try log.savedOffset == saved)
      }
    }

    @Test func whileTheLogGrowsItIsSavedAgainAndAgain() async throws {
      let disk = try Self.disk { try $0.fill(keys: 1...3) }
      let (log, saving) = try Self.open(disk, bytesBetween: 2_000)
      _ = try await saving.read()
      let running = Task { await saving.run { false } }
      var number = 3
      for _ in 1...5 {
        let before = log.end.last
        try log.fill(keys: number + 1...number + 40)
        number += 40
        try await eventually("saved") { (try? log.savedOffset).flatMap { $0 }.map { $0 > before } ?? false }
      }
      running.cancel()
      await running.value
    }

    /// A disk in trouble costs the log nothing, and the next save works.
    @Test func aSaveThatFailsIsMadeUpFor() async throws {
      let disk = try Self.disk { try $0.fill(keys: 1...10) }
      let (log, saving) = try Self.open(disk)
      _ = try await saving.read()
      disk.setCapacity(200_000)
      #expect(await !saving.save(isPaced: false) { false })
      #expect(disk.names().allSatisfy { !$0.hasPrefix("keys") })
      try log.fill(keys: 11...12)
      #expect(log.trouble == nil && log.end.durable == Offset(12))
      disk.setCapacity(nil)
      #expect(await saving.save(isPaced: false) { false })
      #expect(try log.savedOffset == Offset(12))
    }

    /// Random histories with cuts, saves and crashes of any kind in between.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func afterAnyHistoryAStartKnowsWhatTheLogHolds(seed: UInt64) async throws {
      var generator = SeededGenerator(seed: seed)
      var disk = try Self.disk { try $0.fill(keys: 1...5) }
      var key = 5
      var epoch: UInt64 = 1
      var resumed = 0
      for _ in 1...6 {
        let (log, saving) = try Self.open(disk)
        let start = try await saving.read()
        if start.entries < log.end.last.rawValue { resumed += 1 }
        try await Self.expectAsReadFromTheBeginning(start.keys, log)
        for _ in 1...Int.random(in: 1...8, using: &generator) {
          switch Int.random(in: 0..<6, using: &generator) {
          case 0: log.finishSync()
          case 1: _ = await saving.save(isPaced: false) { false }
          case 2:
            epoch += 1
            try log.cut(after: Offset(UInt64.random(in: 0...log.end.last.rawValue, using: &generator)))
          default:
            for _ in 1...Int.random(in: 1...9, using: &generator) {
              key += 1
              try log.append(key: key, epoch: epoch)
            }
          }
        }
        disk = disk.crashed(using: &generator)
      }
      #expect(resumed > 0 || seed % 4 > 0, "no start had saved keys")
    }
  }
}

extension LogServiceTests.KeySavingTests {
  fileprivate static let empty = KeyIndex(recentMax: 20, filterBytes: 1 << 10)

  fileprivate static func disk(_ fill: (DiskLog) throws -> Void) throws -> SimulatedDisk {
    try .holding(.test, options: .small, fill)
  }

  fileprivate static func open(
    _ disk: SimulatedDisk, bytesBetween: UInt64 = 1 << 20
  ) throws -> (DiskLog, KeySaving) {
    let log = try DiskLog.held(on: disk, options: .small)
    var options = KeySaving.Options()
    options.bytesBetween = bytesBetween
    options.lookInterval = .milliseconds(2)
    options.retryPause = .milliseconds(2)
    options.empty = empty
    return (log, KeySaving(log: log, logger: Cluster.logger, options: options))
  }

  fileprivate static func expectAsReadFromTheBeginning(
    _ keys: LogKeys, _ log: DiskLog, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let beginning = LogKeys(index: empty, point: LogPoint(beginning: log.identity.log))
    let all = try await KeyReading(log: log, last: keys.point.offset).run(from: beginning).keys
    #expect(keys == all, sourceLocation: sourceLocation)
  }
}

extension LogKeys {
  /// Where the key of a number is.
  fileprivate func place(_ number: Int) -> KeyIndex.Place { index.place(of: .test(number)) }
}

extension UInt64 {
  /// The hash of the key of a number.
  fileprivate static func test(_ number: Int) -> UInt64 { RequestKey("key-\(number)".utf8)?.hash ?? 0 }
}

extension DiskLog {
  /// Appends a message with the key of a number.
  fileprivate func append(key number: Int, epoch: UInt64 = 1) throws {
    let content = Entry.Content(message: Array("m\(number)".utf8), key: RequestKey("key-\(number)".utf8))
    _ = try append(content, epoch: Epoch(epoch), time: 0)
  }

  /// Appends messages with keys and makes them durable.
  fileprivate func fill(keys: ClosedRange<Int>, epoch: UInt64 = 1) throws {
    for number in keys {
      try append(key: number, epoch: epoch)
      if number % 7 == 0 { finishSync() }
    }
    finishSync()
  }

  /// Up to where keys are saved.
  fileprivate var savedOffset: Offset? {
    get throws { try keysFile.load(like: LogServiceTests.KeySavingTests.empty)?.point.offset }
  }
}
