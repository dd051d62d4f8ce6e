import HTTPServer
import LogStorage
import ReplicationCore
import Testing

@testable import LogService

extension LogServiceTests {
  /// What was read lately is told again without being read: what lies in the log is changed behind its back to see it.
  @Suite struct RecentPagesTests {
    private let recent = RecentPages()

    private func query(_ from: UInt64, _ limit: Int?) -> MessagesQuery {
      var query = MessagesQuery()
      query.from = Offset(from)
      query.limit = limit
      return query
    }

    private func answer(_ log: any Log, _ query: MessagesQuery, commit: UInt64 = 0) throws -> Answer {
      try Answer(MessagesAnswer.response(log: log, query: query, recent: recent, commit: { Offset(commit) }))
    }

    /// Whether a page is told without a look at the log.
    private func isKept(_ query: MessagesQuery, of log: any Log, commit: UInt64 = 0) throws -> Bool {
      try recent.page(for: query, MessagesAnswer.Shown(log, commit: { Offset(commit) })) != nil
    }

    private func log(_ count: Int, size: Int = 1) throws -> DiskLog {
      let log = try DiskLog.held()
      try log.fill((1...count).map { "\($0) " + String(repeating: "x", count: size) })
      return log
    }

    /// Every query that there can be is answered as without what is kept, in whatever order they come.
    @Test(arguments: [1, 2, 3] as [UInt64]) func answersAreThoseOfTheLog(seed: UInt64) throws {
      var random = SeededGenerator(seed: seed)
      let log = try log(12)
      for round in 0..<2_000 {
        if round % 200 == 199 { try log.fill(["more \(round)"], epoch: log.end.lastPoint.epoch.rawValue) }
        if round % 500 == 499 {
          try log.cut(after: Offset(UInt64.random(in: 4...8, using: &random)))
          try log.fill(["other \(round)", "and another"], epoch: UInt64(round))
        }
        let limit = Bool.random(using: &random) ? Int.random(in: 1...4, using: &random) : nil
        var query = query(.random(in: 1...9, using: &random), limit)
        query.view = Bool.random(using: &random) ? .text : .full
        query.format = Bool.random(using: &random) ? .json : .ndjson
        query.level = Bool.random(using: &random) ? .local : .committed
        let commit = UInt64.random(in: 0...12, using: &random)
        let plain = try Answer(MessagesAnswer.response(log: log, query: query, commit: { Offset(commit) }))
        query.ifNoneMatch = Bool.random(using: &random) ? nil : plain.headers["etag"]
        let kept = try answer(log, query, commit: commit)
        #expect(kept.status == (query.ifNoneMatch == nil ? 200 : 304))
        #expect(kept.headers == plain.headers && kept.body == plain.body, "\(query)")
      }
    }

    @Test func onlyFullPagesAreKept() throws {
      let log = try log(5)
      for (from, limit, isKept) in [(1, 2, true), (1, 5, true), (4, 3, false), (9, 1, false), (1, nil, false)]
        as [(UInt64, Int?, Bool)]
      {
        #expect(try !self.isKept(query(from, limit), of: log))
        _ = try answer(log, query(from, limit))
        #expect(try self.isKept(query(from, limit), of: log) == isKept, "from \(from), \(limit ?? 0)")
      }
      try log.fill(["later"])
      #expect(try isKept(query(1, 2), of: log))
    }

    @Test func aPageIsKeptForOneViewFormAndLevel() throws {
      let log = try log(5)
      _ = try answer(log, query(1, 2), commit: 5)
      let changes: [(inout MessagesQuery) -> Void] = [
        { $0.view = .full }, { $0.format = .ndjson }, { $0.level = .committed }, { $0.limit = 3 },
        { $0.from = Offset(2) },
      ]
      for change in changes {
        var other = query(1, 2)
        change(&other)
        #expect(try !isKept(other, of: log, commit: 5), "\(other)")
      }
      var same = query(1, 2)
      same.wait = .seconds(1)
      same.ifNoneMatch = "*"
      #expect(try isKept(same, of: log))
    }

    /// Another reader's view of the log may end earlier.
    @Test func whatIsNotShownIsNotTold() throws {
      let log = try log(5)
      var committed = query(2, 2)
      committed.level = .committed
      _ = try answer(log, committed, commit: 3)
      #expect(try isKept(committed, of: log, commit: 3))
      #expect(try !isKept(committed, of: log, commit: 2))
      #expect(try answer(log, committed, commit: 2).texts == ["2 x"])
    }

    @Test func nothingIsKeptWhenEntriesWereTakenOut() throws {
      let log = try log(5)
      _ = try answer(log, query(1, 2))
      try log.cut(after: Offset(4))
      #expect(try !isKept(query(1, 2), of: log))
      _ = try answer(log, query(3, 2))
      #expect(try !isKept(query(1, 2), of: log) && isKept(query(3, 2), of: log))
    }

    /// What is shown is looked up in several steps: entries are taken out between two of them.
    @Test func aPageThatIsCutWhileItIsLookedUpIsNotTold() throws {
      let log = try log(5)
      _ = try answer(log, query(3, 2))
      var isCut = false
      let response = try MessagesAnswer.response(log: log, query: query(3, 2), recent: recent) {
        if !isCut {
          isCut = true
          #expect(throws: Never.self) {
            try log.cut(after: Offset(2))
            try log.fill(["other 3", "other 4"], epoch: 2)
          }
        }
        return log.end.durable
      }
      let answer = try Answer(response)
      #expect(isCut && answer.texts == ["other 3", "other 4"] && answer.lastOffset == 4)
    }

    @Test func readersOfOnePageTakeOnePlaceAndTheOldestIsForgotten() throws {
      let log = try log(RecentPages.countMax + 3)
      _ = try answer(log, query(1, 1))
      let shown = try MessagesAnswer.Shown(log)
      let (part, _) = try MessagesAnswer.Part.find(query(2, 1), shown, log: log)
      for _ in 0...RecentPages.countMax { recent.note(part, [], for: query(2, 1), shown) }
      #expect(try isKept(query(1, 1), of: log))
      for from in 3...UInt64(RecentPages.countMax + 1) { _ = try answer(log, query(from, 1)) }
      #expect(try !isKept(query(1, 1), of: log))
      for from in 2...UInt64(RecentPages.countMax + 1) { #expect(try isKept(query(from, 1), of: log)) }
    }

    @Test func aLongTextIsNotKept() throws {
      let log = try log(3, size: RecentPages.bytesMax / 2)
      _ = try answer(log, query(1, 2))
      _ = try answer(log, query(1, 1))
      #expect(try !isKept(query(1, 2), of: log) && isKept(query(1, 1), of: log))
    }
  }
}
