import Testing

/// A person with nothing but curl: what an answer says is to be done next can be pasted, and works.
@Suite struct NextLineTests {
  /// One text with all that a shell might take for its own.
  private static let text = #"it's $HOME `id` "a\b" !! é"#
  private static let body = #"{"data":"it's $HOME `id` \"a\\b\" !! é","write_concern":1}"#

  @Test func whoAsksAFollowerAddsWithTheNextLineOrIsSentOn() async throws {
    let cluster = try await Cluster.start(delays: [0])
    let follower = cluster.followers[0]
    let refused = try await Curl.run([follower.url + "/add", "-d", Self.body])
    let next = try #require(JSON(refused)?["data"]?["next"]?.string)
    let added = #"{"status_code":200,"message":"Message added successfully","data":null}"#
    #expect(try await Curl.paste(next) == added)
    let arguments = [follower.url + "/add", "-H", "Prefer: redirect", "-d", Self.body]
    let redirected = try await Curl.run(arguments)
    #expect(JSON(redirected)?["status_code"]?.int == 307)
    #expect(try await Curl.run(["-L"] + arguments) == added, "curl brings the body along")
    #expect(try await cluster.master.client.messages() == [Self.text, Self.text])
  }

  @Test func whoWasToldThatItIsPendingWaitsWithTheNextLine() async throws {
    let cluster = try await Cluster.start(delays: [0])
    let follower = cluster.followers[0]
    follower.pause()
    let late = try await Curl.run([
      "-D", "-", cluster.master.url + "/add", "-d", #"{"data":["a","b"],"write_concern":"all","timeout_ms":50}"#,
    ])
    #expect(late.hasPrefix("HTTP/1.1 504"))
    for line in ["Log-Outcome: pending", "Log-Offset: 1", "Log-Last-Offset: 2", "Log-Epoch: "] {
      #expect(late.contains("\r\n\(line)"), "\(late)")
    }
    let body = try #require(JSON(late.split(separator: "\r\n").last.map { String($0) } ?? ""))
    #expect(body["data"]?["held_by"]?.array?.map(\.string) == ["master"])
    #expect(body["data"]?["missing"]?.array?.map(\.string) == [follower.url])
    let next = try #require(body["data"]?["next"]?.string)
    async let receipt = Curl.paste(next)
    follower.resume()
    let held = try await JSON(receipt)
    #expect(held?["status_code"]?.int == 200)
    #expect(held?["data"]?["text"]?.string == "b")
    #expect(held?["data"]?["held_by"]?.array?.map(\.string) == ["master", follower.url])
  }

  /// The limit of a wait ends it also where nothing else happens: no follower, a disk that is busy with nothing.
  @Test func aLimitEndsTheWaitInTimeAndAnsweredLocationsAreThere() async throws {
    let cluster = try Cluster(delays: [0, 0])
    try await cluster.master.start()
    let start = ContinuousClock.now
    let answer = try await Curl.run([
      "-H", "Prefer: wait=1", cluster.master.url + "/add", "-d", #"{"data":"a","write_concern":3}"#,
    ])
    let time = ContinuousClock.now - start
    #expect(JSON(answer)?["status_code"]?.int == 504)
    #expect(time >= .seconds(1) && time < .seconds(3), "\(time)")
    let accepted = try await Curl.run([
      "-D", "-", "-H", "Prefer: respond-async", cluster.master.url + "/add", "-d", #"{"data":"b","write_concern":3}"#,
    ])
    #expect(accepted.hasPrefix("HTTP/1.1 202") && accepted.contains("\r\nLocation: /messages/2\r\n"))
    let receipt = try await JSON(Curl.run([cluster.master.url + "/messages/2"]))
    #expect(receipt?["data"]?["text"]?.string == "b")
  }
}

extension JSON {
  /// - Parameter text: what curl printed.
  fileprivate init?(_ text: String) { self.init(Array(text.utf8)) }
}
