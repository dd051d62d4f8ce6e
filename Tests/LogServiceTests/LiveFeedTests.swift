import HTTPServer
import Locking
import LogStorage
import ReplicationCore
import SimulatedDisk
import Testing

@testable import LogService

extension LogServiceTests {
  /// What one who follows the log is handed, without a server.
  @Suite struct LiveFeedTests {
    private func request(_ query: [QueryItem] = [], id: String? = nil) -> Request {
      var headers = [Header(name: "accept", value: "text/event-stream")]
      if let id { headers.append(Header(name: "last-event-id", value: id)) }
      return Request(method: "GET", path: "/messages", query: query, headers: headers)
    }

    private func from(_ value: String?) -> [QueryItem] { [QueryItem(name: "from", value: value)] }

    private func log(_ texts: [String], _ options: DiskLogOptions = .test) throws -> DiskLog {
      let log = try DiskLog.held(options: options)
      try log.fill(texts)
      return log
    }

    /// The pieces that there are now.
    private func pieces(_ next: @Sendable () throws -> LivePiece) throws -> [[UInt8]] {
      var pieces: [[UInt8]] = []
      while case .bytes(let bytes) = try next() { pieces.append(bytes) }
      return pieces
    }

    private func text(_ next: @Sendable () throws -> LivePiece) throws -> String {
      String(decoding: try pieces(next).flatMap(\.self), as: UTF8.self)
    }

    private func follow(_ feed: LiveFeed, _ request: Request) throws -> @Sendable () throws -> LivePiece {
      guard case .live(let next) = try feed.answer(request).body else { throw NotLive() }
      return next
    }

    private struct NotLive: Error {}

    private func event(_ offset: Int, _ json: String) -> String { "id: \(offset)\ndata: {\"text\":\(json)}\n\n" }

    @Test func eachMessageIsOneEventWhateverItsTextHolds() throws {
      let response = try LiveFeed(log: log(["msg1", "", "two\r\nlines\n\ndata: x", "é😀\u{2028}\u{0}\""])).answer(
        request())
      #expect(response.status == 200)
      #expect(
        response.headers.map { "\($0.name): \($0.value)" } == [
          "Content-Type: text/event-stream", "Cache-Control: no-store",
        ])
      guard case .live(let next) = response.body else { throw NotLive() }
      #expect(
        try text(next) == event(1, #""msg1""#) + event(2, #""""#) + event(3, #""two\r\nlines\n\ndata: x""#)
          + event(4, "\"é😀\u{2028}\\u0000\\\"\""))
    }

    @Test(
      arguments: [
        (nil, nil, 1), ("3", nil, 3), (nil, "2", 3), ("1", "4", 5), ("4", "0", 1), ("99", nil, 6), (nil, "99", 6),
      ] as [(String?, String?, Int)])
    func itBeginsAtFromOrAfterTheLastEventID(_ first: String?, _ id: String?, _ offset: Int) throws {
      let feed = LiveFeed(log: try log((1...5).map { "\($0)" }))
      let next = try follow(feed, request(first.map { from($0) } ?? [], id: id))
      #expect(try text(next) == (offset...6).dropLast().map { event($0, "\"\($0)\"") }.joined())
    }

    @Test func whatIsNotAllowedIs422WithWhatIs() throws {
      let feed = LiveFeed(log: try log(["a"]))
      for value in ["0", "-1", "x", "", "1.5", "99999999999999999999", nil] {
        let error = #expect(throws: Rejection.self) { try feed.answer(request(from(value))) }
        #expect(error?.status == 422 && error?.message.contains("from must be a whole number from 1 to") == true)
      }
      for id in ["-1", "x", "", " 1", "18446744073709551615", "99999999999999999999"] {
        let error = #expect(throws: Rejection.self) { try feed.answer(request(id: id)) }
        #expect(error?.status == 422 && error?.message.contains("Last-Event-ID must be a whole number from 0") == true)
      }
      let other = #expect(throws: Rejection.self) {
        try feed.answer(request([QueryItem(name: "limit", value: "1")]))
      }
      #expect(other?.status == 422 && other?.message.contains("takes from") == true)
      #expect(!feed.hasNews(), "nobody follows")
    }

    @Test func onlyWhatIsDurableIsShownEachOnceAndInOrder() throws {
      let log = try log(["a"])
      let feed = LiveFeed(log: log)
      let next = try follow(feed, request())
      #expect(try text(next) == event(1, "\"a\""))
      _ = try log.append(payload: Array("b".utf8), epoch: Epoch(1), time: 0)
      #expect(try text(next) == "")
      log.finishSync()
      #expect(try text(next) == event(2, "\"b\""))
      #expect(try text(next) == "")
    }

    /// Readers at every place, with a ring that holds few of the entries, of which some are large, from memory and from disk.
    @Test(arguments: [DiskLogOptions.test, .small], [0, 300, 5000, 1 << 20])
    func whereverAReaderIsItGetsTheSame(_ options: DiskLogOptions, ringBytesMax: Int) throws {
      let log = try log([], options)
      let feed = LiveFeed(log: log, ringBytesMax: ringBytesMax)
      var random = SeededGenerator(seed: 7)
      var readers: [(next: @Sendable () throws -> LivePiece, first: Int, text: String)] = []
      var events: [String] = []
      for _ in 0..<60 {
        let texts = (0..<Int.random(in: 1...30, using: &random)).map { _ in
          String(repeating: "x", count: Bool.random(using: &random) ? 3 : Int.random(in: 0...3000, using: &random))
        }
        for text in texts {
          events.append(event(events.count + 1, "\"\(text)\""))
        }
        try log.fill(texts)
        let first = Int.random(in: 1...events.count + 3, using: &random)
        readers.append((try follow(feed, request(from("\(first)"))), first, ""))
        // Some look now, and some only later.
        for index in readers.indices where Int.random(in: 0...2, using: &random) == 0 {
          if case .bytes(let bytes) = try readers[index].next() {
            readers[index].text += String(decoding: bytes, as: UTF8.self)
          }
        }
      }
      for reader in readers {
        #expect(try reader.text + text(reader.next) == events.dropFirst(reader.first - 1).joined(), "\(reader.first)")
      }
    }

    @Test func thoseAtTheEndAreHandedTheSameBytes() throws {
      let log = try log((1...20).map { "\($0)" })
      let feed = LiveFeed(log: log)
      // Some begin before what they share, and some in its midst.
      var readers = try (1...10).map { try follow(feed, request(from("\($0 + 10)"))) }
      for next in readers.reversed() { _ = try piece(next) }
      readers += try (1...10).map { try follow(feed, request(from("\($0)"))) }
      for next in readers { _ = try text(next) }
      for _ in 0..<3 {
        try log.fill(["more", "and more"])
        let addresses = try readers.map { try piece($0).withUnsafeBytes(\.baseAddress) }
        #expect(addresses[0] != nil && Set(addresses).count == 1, "one copy for all")
      }
    }

    @Test func oneWhoIsBehindIsHandedBoundedBlocks() throws {
      let log = try log((1...30_000).map { "message \($0)" })
      let pieces = try pieces(try follow(LiveFeed(log: log), request()))
      #expect(pieces.count > 5)
      #expect(pieces.allSatisfy { $0.count < 128 << 10 })
    }

    @Test func aHeartbeatComesWhenNothingElseWasSentForSoLong() throws {
      let log = try log(["a"])
      let next = try follow(LiveFeed(log: log, heartbeat: .zero), request())
      #expect(try String(decoding: piece(next), as: UTF8.self) == event(1, "\"a\""))
      #expect(try String(decoding: piece(next), as: UTF8.self) == ": heartbeat\n\n")
      let patient = try follow(LiveFeed(log: log, heartbeat: .seconds(15)), request())
      _ = try piece(patient)
      guard case .nothing(let until) = try patient() else { throw NotLive() }
      let pause = until - Moment.now
      #expect(pause > .seconds(14) && pause <= .seconds(15))
    }

    private func piece(_ next: @Sendable () throws -> LivePiece) throws -> [UInt8] {
      guard case .bytes(let bytes) = try next() else { return [] }
      return bytes
    }

    @Test func itBreaksOffWhereEntriesWereTakenOut() throws {
      let log = try log(["a", "b", "c"])
      let feed = LiveFeed(log: log)
      let next = try follow(feed, request())
      #expect(feed.hasNews())
      #expect(!feed.hasNews(), "told already")
      _ = try text(next)
      try log.cut(after: Offset(2))
      #expect(feed.hasNews())
      #expect(throws: LogReadError.reset) { try next() }
      try log.fill(["other"], epoch: 2)
      #expect(throws: LogReadError.reset) { try next() }
      #expect(try text(follow(feed, request(id: "1"))) == event(2, "\"b\"") + event(3, "\"other\""))
    }

    @Test func itBreaksOffBeforeWhatIsDamagedAndSaysSoWhereThatIsTheFirst() throws {
      let texts = (1...300).map { "message \($0) " + String(repeating: "x", count: 1_000) }
      let disk = try SimulatedDisk.holding(texts, options: .small)
      let log = try DiskLog.held(on: disk, options: .small)
      disk.damageMiddle(ofSegment: 1)
      let feed = LiveFeed(log: log)
      let next = try follow(feed, request())
      var shown = ""
      let error = #expect(throws: LogReadError.self) {
        while case .bytes(let bytes) = try next() { shown += String(decoding: bytes, as: UTF8.self) }
      }
      guard case .damaged(let damage)? = error else { throw NotLive() }
      let whole = texts.prefix(Int(damage.offset.rawValue) - 1).enumerated().map {
        event($0.offset + 1, "\"\($0.element)\"")
      }
      #expect(whole.joined().hasPrefix(shown) && !shown.isEmpty)
      let refused = #expect(throws: Rejection.self) { try feed.answer(request(from("\(damage.offset)"))) }
      #expect(refused?.status == 500 && refused?.message.contains("damaged at offset") == true)
    }

    @Test func eachIsToldInTheFormThatItWants() throws {
      let log = try log(["a", "b", "c"])
      let commit = Locked(Offset(2))
      let feed = LiveFeed(log: log, commit: { commit.withLock { $0 } })
      func parameters(_ values: (String, String)...) -> [QueryItem] {
        values.map { QueryItem(name: $0.0, value: $0.1) }
      }
      let (all, full, certain) = (
        try follow(feed, request()), try follow(feed, request(parameters(("view", "full"), ("from", "3")))),
        try follow(feed, request(parameters(("level", "committed"))))
      )
      let three = ["a", "b", "c"].enumerated().map { event($0.offset + 1, "\"\($0.element)\"") }
      #expect(try text(all) == three.joined())
      #expect(try text(full) == "id: 3\ndata: {\"text\":\"c\",\"offset\":3,\"epoch\":1,\"time\":null}\n\n")
      #expect(try text(certain) == three[0] + three[1])
      #expect(feed.hasNews() && !feed.hasNews())
      commit.withLock { $0 = Offset(9) }
      #expect(feed.hasNews(), "more is committed")
      #expect(try text(certain) == three[2])
      #expect(try text(all) == "")
      for wrong in [("view", "more"), ("level", "all"), ("limit", "3")] {
        #expect(throws: Rejection.self) { try feed.answer(request(parameters(wrong))) }
      }
    }

    /// What is committed later does not wake those who wait for nothing of it.
    @Test func whoWantsAllIsNotWokenByWhatIsCommitted() throws {
      let commit = Locked(Offset.zero)
      let feed = LiveFeed(log: try log(["a"]), commit: { commit.withLock { $0 } })
      let next = try follow(feed, request())
      #expect(try text(next) != "" && feed.hasNews())
      commit.withLock { $0 = Offset(1) }
      #expect(!feed.hasNews())
    }

    @Test func whoFollowsNoMoreIsNotWoken() throws {
      let feed = LiveFeed(log: try log(["a"]))
      do {
        let next = try follow(feed, request())
        #expect(try text(next) != "" && feed.hasNews())
      }
      try (feed.log as? DiskLog)?.fill(["b"])
      #expect(!feed.hasNews())
    }
  }
}
