import HTTPServer
import LogStorage
import ReplicationCore
import Testing

@testable import LogService

extension LogServiceTests {
  /// Pages of a log, without a node.
  @Suite struct MessagesPageTests {
    private func log(_ texts: [String], options: DiskLogOptions = .test) throws -> DiskLog {
      let log = try DiskLog.held(options: options)
      try log.fill(texts)
      return log
    }

    private func page(
      _ log: DiskLog, from: UInt64, limit: Int = MessagesQuery.limitMax, commit: UInt64 = 0,
      _ change: (inout MessagesQuery) -> Void = { _ in }
    ) throws -> Answer {
      var query = MessagesQuery()
      query.from = Offset(from)
      query.limit = limit
      change(&query)
      return try Answer(MessagesAnswer.response(log: log, query: query, commit: { Offset(commit) }))
    }

    /// Follows `Log-Next-Offset` until an empty page.
    private func walk(_ log: DiskLog, limit: Int) throws -> (texts: [String], pages: Int) {
      var (texts, from, pages): ([String], UInt64, Int) = ([], 1, 0)
      while true {
        let answer = try page(log, from: from, limit: limit)
        let part = try #require(answer.texts)
        if part.isEmpty {
          #expect(answer.nextOffset == Int(from))
          return (texts, pages)
        }
        #expect(part.count <= limit)
        texts += part
        pages += 1
        from = UInt64(try #require(answer.nextOffset))
      }
    }

    @Test(arguments: [1, 2, 3, 7, 99, 100, 101, 10_000], [DiskLogOptions.test, .small])
    func pagesAreTheLogEachMessageOnce(_ limit: Int, _ options: DiskLogOptions) throws {
      let texts = (1...100).map { "message \($0) " + String(repeating: "x", count: 300) }
      let (walked, pages) = try walk(log(texts, options: options), limit: limit)
      #expect(walked == texts)
      #expect(pages == (100 + limit - 1) / limit, "a page is shorter than asked for only at the end")
    }

    @Test func aPageEndsAtItsBytesWithOneMessageAtLeast() throws {
      let half = String(repeating: "h", count: MessagesPage.bytesMax / 2 - Entry.headerBytes)
      let huge = String(repeating: "x", count: MessagesPage.bytesMax * 2)
      let log = try log([half, half, "a", huge, "b", huge])
      for (from, count, next) in [(1, 2, 3), (3, 1, 4), (4, 1, 5), (5, 1, 6), (6, 1, 7)] as [(UInt64, Int, Int)] {
        let answer = try page(log, from: from)
        #expect(answer.texts?.count == count, "from \(from)")
        #expect(answer.nextOffset == next)
        #expect((answer.headers["link"] != nil) == (next != 7))
      }
    }

    @Test func entriesThatAreNoMessagesDontCountAndMakeNoEmptyPage() throws {
      let log = try DiskLog.held()
      func append(_ kind: UInt8, _ text: String) throws {
        let entry = Entry(
          kind: Entry.Kind(rawValue: kind), offset: log.end.last.next, epoch: Epoch(1), time: 0,
          payload: Array(text.utf8))
        try log.append(EntryRun(entry, after: log.end.lastPoint))
      }
      for kind in [9, 9, 0, 9, 0, 0, 9] as [UInt8] { try append(kind, "\(kind)-\(log.end.last)") }
      log.finishSync()
      let first = try page(log, from: 1, limit: 1)
      #expect(first.texts == ["0-2"] && first.nextOffset == 4)
      let second = try page(log, from: 4, limit: 2)
      #expect(second.texts == ["0-4", "0-5"] && second.nextOffset == 7)
      let end = try page(log, from: 7)
      #expect(end.texts == [] && end.nextOffset == 8, "it was looked at, and need not be again")
      #expect(end.headers["etag"] != (try page(log, from: 8).headers["etag"]))
    }

    @Test func theHeadTellsWhereItGoesOn() throws {
      let log = try log(["a", "b", "c"])
      let full = try page(log, from: 2, limit: 1) {
        $0.view = .full
        $0.level = .local
      }
      #expect(full.headers["link"] == "</messages?from=3&limit=1&view=full>; rel=\"next\"")
      #expect(full.nextOffset == 3 && full.lastOffset == 3)
      let end = try page(log, from: 2, limit: 5)
      #expect(end.headers["link"] == nil && end.nextOffset == 4)
      let beyond = try page(log, from: 40)
      #expect(beyond.texts == [] && beyond.nextOffset == 40 && beyond.lastOffset == 3)
      #expect(beyond.headers["vary"] == "Accept")
    }

    @Test func onlyFullPagesOfCommittedMessagesAreKeptForEver() throws {
      let log = try log(["a", "b", "c", "d"])
      func isKept(from: UInt64, limit: Int, commit: UInt64, _ level: MessagesQuery.Level = .local) throws -> Bool {
        let control = try page(log, from: from, limit: limit, commit: commit) { $0.level = level }
          .headers["cache-control"]
        #expect(["no-cache", "public, max-age=31536000, immutable"].contains(control))
        return control != "no-cache"
      }
      #expect(try isKept(from: 1, limit: 2, commit: 2))
      #expect(try isKept(from: 1, limit: 4, commit: 4), "what comes later is another page's")
      #expect(try !isKept(from: 1, limit: 2, commit: 1), "its end may be taken out by a later master")
      #expect(try !isKept(from: 3, limit: 3, commit: 4), "more may come")
      #expect(try !isKept(from: 5, limit: 1, commit: 4))
      #expect(try isKept(from: 1, limit: 2, commit: 3, .committed))
      #expect(try !isKept(from: 3, limit: 2, commit: 3, .committed))
      let everything = try Answer(MessagesAnswer.response(log: log, commit: { Offset(4) }))
      #expect(everything.headers["cache-control"] == "no-cache")
    }

    @Test func aTagNamesTheBytes() throws {
      let log = try log(["a", "b", "c"])
      func tag(_ limit: Int?, _ change: (inout MessagesQuery) -> Void = { _ in }) throws -> String {
        var query = MessagesQuery()
        query.limit = limit
        change(&query)
        return try #require(try Answer(MessagesAnswer.response(log: log, query: query)).headers["etag"])
      }
      #expect(try tag(2) == tag(2))
      let tags = try [
        tag(1), tag(2), tag(3), tag(2) { $0.view = .full }, tag(2) { $0.format = .ndjson },
        tag(2) { $0.from = Offset(9) },
      ]
      #expect(Set(tags).count == tags.count)
      let (open, everything) = (try tag(9), try tag(nil))
      try log.fill(["d"])
      #expect(try tag(9) != open && tag(nil) != everything, "more came")
      #expect(try tag(2) == tags[1])
      try log.cut(after: Offset(1))
      try log.fill(["B"], epoch: 2)
      #expect(try tag(1) == tags[0])
      #expect(try tag(2) != tags[1], "another history")
    }

    @Test func whatTheClientHasIsNotSentAgain() throws {
      let log = try log(["a", "b", "c"])
      let tag = try #require(try page(log, from: 1, limit: 2).headers["etag"])
      for condition in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
        let answer = try page(log, from: 1, limit: 2) { $0.ifNoneMatch = condition }
        #expect(answer.status == 304 && answer.headers["etag"] == tag)
        #expect(answer.nextOffset == 3)
      }
      #expect(try page(log, from: 1, limit: 3) { $0.ifNoneMatch = tag }.status == 200)
    }

    @Test func aLongPageComesInSmallPieces() throws {
      let texts = (1...10_000).map { "\($0) " + String(repeating: "x", count: 40) }
      var query = MessagesQuery()
      query.limit = 9_000
      let response = try MessagesAnswer.response(log: log(texts), query: query)
      let pieces = try response.body.pieces()
      #expect(pieces.count > 5 && pieces.allSatisfy { $0.count < 2 * MessagesAnswer.pieceBytesMax })
      let answer = Answer(status: 200, body: pieces.flatMap(\.self), headers: [:])
      #expect(answer.texts == Array(texts.prefix(9_000)))
    }

    @Test func onlyWhatAMajorityHoldsIsShownIfThatIsAskedFor() throws {
      let log = try log(["a", "b", "c"])
      var query = MessagesQuery()
      query.level = .committed
      for (commit, texts) in [(0, []), (2, ["a", "b"]), (3, ["a", "b", "c"]), (99, ["a", "b", "c"])]
        as [(UInt64, [String])]
      {
        let answer = try Answer(MessagesAnswer.response(log: log, query: query, commit: { Offset(commit) }))
        #expect(answer.texts == texts && answer.lastOffset == texts.count)
        let paged = try page(log, from: 1, limit: 2, commit: commit) { $0.level = .committed }
        #expect(paged.texts == Array(texts.prefix(2)))
      }
    }
  }
}
