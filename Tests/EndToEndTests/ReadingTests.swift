import Testing

/// Reading with curl and nothing else, from real nodes.
@Suite struct ReadingTests {
  /// What curl prints with `-i`: the status, the header fields by name in lower case, and the body.
  private struct Printed {
    let status: Int?
    var headers: [String: String] = [:]
    let body: String

    init(_ text: String) {
      // All white space in a head ends with CRLF, which is one Character.
      let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
      let end = lines.firstIndex(of: "") ?? lines.endIndex
      let words = lines.first?.split(separator: " ") ?? []
      status = words.count > 1 ? Int(words[1]) : nil
      for line in lines[..<end].dropFirst() {
        guard let colon = line.firstIndex(of: ":") else { continue }
        headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
      }
      body = lines[min(end + 1, lines.endIndex)...].joined(separator: "\r\n")
    }
  }

  private func curl(_ arguments: String...) async throws -> Printed {
    Printed(try await Curl.run(["-i"] + arguments))
  }

  /// Each field that the answer to `GET` has, but for those that tell of a moment.
  private func comparable(_ printed: Printed) -> [String: String] {
    printed.headers.filter { !["date", "log-staleness-ms"].contains($0.key) }
  }

  @Test func curlReadsPagesOnEveryNode() async throws {
    let cluster = try await Cluster.start()
    for number in 1...3 { #expect(try await cluster.master.client.add("msg\(number)", w: 3).status == 200) }
    for node in [cluster.master] + cluster.followers {
      let messages = "\(node.url)/messages"
      let page = try await curl("\(messages)?from=2&limit=1")
      #expect(page.status == 200)
      #expect(page.body == #"{"status_code":200,"message":"Messages fetched successfully","data":[{"text":"msg2"}]}"#)
      #expect(page.headers["log-next-offset"] == "3")
      #expect(page.headers["link"] == "</messages?from=3&limit=1>; rel=\"next\"")
      let tag = try #require(page.headers["etag"])
      let again = try await curl("-H", "If-None-Match: \(tag)", "\(messages)?from=2&limit=1")
      #expect(again.status == 304 && again.body.isEmpty && again.headers["etag"] == tag)
      #expect(again.headers["content-length"] == page.headers["content-length"], "RFC 9110, 8.6")
      let lines = try await curl("-H", "Accept: application/x-ndjson", messages)
      #expect(lines.body == "{\"text\":\"msg1\"}\n{\"text\":\"msg2\"}\n{\"text\":\"msg3\"}\n")
      #expect((lines.headers["log-lag-entries"] != nil) == (node.url != cluster.master.url))
    }
  }

  /// The head is that of `GET`, and nothing follows: curl would wait for more, or find too much.
  @Test func headHasTheHeadOfGet() async throws {
    let cluster = try await Cluster.start()
    let long = String(repeating: "x", count: 100_000)
    for text in [long, "a", "b"] { #expect(try await cluster.master.client.add(text, w: 3).status == 200) }
    for node in [cluster.master] + cluster.followers {
      for path in ["/messages", "/messages?from=2", "/messages?limit=1", "/messages?from=2&limit=1", "/health"] {
        let get = try await curl("\(node.url)\(path)")
        let head = try await curl("-I", "\(node.url)\(path)")
        #expect(head.status == 200 && head.body.isEmpty, "\(path)")
        #expect(!get.body.isEmpty)
        // Only what is sent in pieces has another framing.
        var (own, expected) = (comparable(head), comparable(get))
        if expected.removeValue(forKey: "transfer-encoding") != nil {
          #expect(own.removeValue(forKey: "connection") == "close")
        }
        if path != "/health" { #expect(own == expected, "\(path)") }
      }
      let wrong = try await curl("-I", "\(node.url)/messages?limit=0")
      #expect(wrong.status == 422 && wrong.body.isEmpty)
    }
  }

  /// A client that follows the log by long polls, through a restart of its node.
  @Test func aLongPollFollowsTheLogThroughARestart() async throws {
    let cluster = try await Cluster.start()
    let follower = cluster.followers[0]
    async let adding: Void = add(60, to: cluster.master)
    var (next, seen, restarted): (String, [String], Bool) = ("1", [], false)
    while seen.count < 60 {
      // While the node is away curl fails, and asks again from where it was.
      guard
        let page = try? await curl(
          "-H", "Accept: application/x-ndjson", "\(follower.url)/messages?from=\(next)&limit=7&wait=5")
      else { continue }
      guard page.status == 200, let after = page.headers["log-next-offset"] else { continue }
      seen += page.body.split(separator: "\n").map(String.init)
      next = after
      if !restarted, seen.count > 10 {
        restarted = true
        follower.kill()
        try await follower.start()
      }
    }
    try await adding
    #expect(seen == (1...60).map { "{\"text\":\"msg\($0)\"}" })
  }

  private func add(_ count: Int, to master: Cluster.Node) async throws {
    for number in 1...count { #expect(try await master.client.add("msg\(number)", w: 1).status == 200) }
  }
}
