import Testing

/// The contract on messages: any JSON string is one, returned unchanged; what is around it matters little.
@Suite struct TextTests {
  private static let texts = [
    "", " ", "\u{0}", "a\u{0}b", "\u{1}\u{1f}\u{7f}\u{80}", "\"", "\\", "\\\"", "/", "</script>", "\n\r\t\u{8}\u{c}",
    "😀", "👩‍👩‍👧‍👦", "\u{1F1FA}\u{1F1E6}", "é", "e\u{301}", "\u{2028}\u{2029}", "\u{FEFF}bom", "\u{FFFD}\u{FFFE}\u{FFFF}",
    "\u{10FFFF}", "\u{D7FF}\u{E000}", "null", "{\"data\":1}", "日本語", "עברית", "\u{202E}reversed", "Привіт",
  ]

  private func expectShown(_ texts: [String], by nodes: [Cluster.Node], _ comment: Comment? = nil) async throws {
    for node in nodes {
      // By bytes: to Swift, strings of different bytes may be equal.
      #expect(try await node.client.messages().map { Array($0.utf8) } == texts.map { Array($0.utf8) }, comment)
    }
  }

  /// "The empty string is a message. So is any other JSON string up to the limit, returned unchanged."
  @Test func stringsOfEveryKindAreReturnedUnchanged() async throws {
    let cluster = try await Cluster.start()
    for text in Self.texts { #expect(try await cluster.master.client.add(text, w: 3).status == 200) }
    try await expectShown(Self.texts, by: [cluster.master] + cluster.followers)
  }

  /// Every character written as an escape, those beyond the first plane as two surrogates.
  @Test func escapesAreReturnedAsWhatTheyStandFor() async throws {
    let cluster = try await Cluster.start()
    for text in Self.texts {
      let escaped = text.utf16.map { unit in
        let digits = String(unit, radix: 16, uppercase: unit.isMultiple(of: 2))
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
      let answer = try await HTTP.post(
        "\(cluster.master.url)/add", #"{"data":"\#(escaped.joined())","write_concern":3}"#)
      #expect(answer.status == 200)
    }
    let short = try await HTTP.post("\(cluster.master.url)/add", #"{"data":"\"\\\/\b\f\n\r\t","write_concern":3}"#)
    #expect(short.status == 200)
    try await expectShown(Self.texts + ["\"\\/\u{8}\u{c}\n\r\t"], by: [cluster.master] + cluster.followers)
  }

  /// 100 random strings of all of Unicode.
  @Test func randomStringsAreReturnedUnchanged() async throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var generator = SeededGenerator(seed: seed)
    let cluster = try await Cluster.start()
    var texts: [String] = []
    for _ in 0..<100 {
      let top: UInt32 = [0x7F, 0xFF, 0xFFFF, 0x10FFFF].randomElement(using: &generator) ?? 0x7F
      var text = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0...200, using: &generator) {
        if let scalar = UnicodeScalar(UInt32.random(in: 0...top, using: &generator)) { text.append(scalar) }
      }
      texts.append(String(text))
      #expect(try await cluster.master.client.add(String(text), w: 3).status == 200, "seed \(seed)")
    }
    try await expectShown(texts, by: [cluster.master] + cluster.followers, "seed \(seed)")
  }

  /// "Duplicates are recognised by sequence number, never by text: two clients may add the same text and both are shown."
  @Test func theSameTextFromTwoClientsIsShownTwice() async throws {
    let cluster = try await Cluster.start()
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<2 { group.addTask { try await cluster.master.client.add("same", w: 3).status } }
      for try await status in group { #expect(status == 200) }
    }
    #expect(await cluster.converges(to: ["same", "same"], within: .seconds(2)))
  }

  /// "Left out: a majority of the nodes": two of three here.
  @Test func withoutAWriteConcernAMajorityConfirms() async throws {
    let cluster = try Cluster()
    try await cluster.master.start()
    let waiting = try RawSocket(port: cluster.master.port)
    try await waiting.send(RawSocket.request("POST /add", body: Array(#"{"data":"a"}"#.utf8)))
    #expect(await eventually(within: .seconds(5)) { try await cluster.master.client.waitingCount() == 1 })
    #expect(await holds(for: .milliseconds(500)) { waiting.isQuiet })
    try await cluster.followers[1].start()
    #expect(try await waiting.answer().status == 200)
    #expect(try await cluster.master.client.add("b").status == 200)
    #expect(try await cluster.followers[1].client.messages() == ["a", "b"])
  }

  /// "A body is JSON whatever its `Content-Type` says …. Unknown members are ignored." Whole numbers may be written as
  /// 2.0 or 2e0.
  @Test func whatIsAroundTheTextMattersLittle() async throws {
    let master = try Cluster.Node(port: FreePort.take(), arguments: ["master"])
    try await master.start()
    let types = ["application/json; charset=utf-16", "application/x-www-form-urlencoded", "text/plain", "x", ""]
    for type in types {
      let answer = try await RawSocket.exchange(
        port: master.port, "POST /add", ["Content-Type: \(type)"], body: Array(#"{"data":"typed"}"#.utf8))
      #expect(answer.status == 200, "\(type)")
    }
    let bodies = [
      #"{"data":"a","other":[1,{"data":"not this","x":null}],"write_concern":1,"":""}"#,
      " \t\r\n{ \"data\" : \"a\" , \"write_concern\" : 1 } \n", #"{"write_concern":1.0,"data":"a"}"#,
      #"{"data":"a","write_concern":1e0}"#, #"{"\u0064ata":"a"}"#,
    ]
    for body in bodies { #expect(try await HTTP.post("\(master.url)/add", body).status == 200, "\(body)") }
    #expect(
      try await master.client.messages()
        == Array(repeating: "typed", count: types.count) + Array(repeating: "a", count: bodies.count))
  }
}
