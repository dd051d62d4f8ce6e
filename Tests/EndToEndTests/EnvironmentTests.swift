import Testing

/// "its options also readable from the environment": `REPLOG_HOST`, `REPLOG_PORT`, `REPLOG_FOLLOWERS` (comma-separated),
/// `REPLOG_QUORUM`, `REPLOG_DELAY`, and so on.
@Suite(.serialized)
struct EnvironmentTests {
  @Test func optionsComeFromTheEnvironment() async throws {
    let followers = try (1...2).map { number in
      try NodeProcess(
        ["follower"],
        environment: ["REPLOG_PORT": "0", "REPLOG_DELAY": "0.5", "REPLOG_NAME": "follower-\(number)"])
    }
    var urls: [String] = []
    for follower in followers { urls.append("http://127.0.0.1:\(try await follower.port())") }
    #expect(try await NodeClient(url: urls[0]).health()["delay_ms"]?.int == 500)
    #expect(followers[1].logLines.first?.node == "follower-2")

    let master = try NodeProcess(
      ["master"],
      environment: [
        "REPLOG_PORT": "0", "REPLOG_HOST": "127.0.0.1", "REPLOG_FOLLOWERS": urls.joined(separator: ", "),
        "REPLOG_QUORUM": "3", "REPLOG_LOG_LEVEL": "debug", "REPLOG_HEARTBEAT_INTERVAL": "0.1",
        // Compose files give all nodes one environment: what is not a master's does not disturb it.
        "REPLOG_DELAY": "5", "REPLOG_NAME": "x",
      ])
    let client = NodeClient(url: "http://127.0.0.1:\(try await master.port())")
    let views = try #require(try await client.health()["followers"]?.array)
    #expect(views.map { $0["url"]?.string } == urls)
    #expect(await eventually(within: .seconds(5)) { try await client.health()["read_only"] == .null })
    let add = try await time { try await client.add("m", w: 3) }
    #expect(add.result.status == 200)
    // The followers' half second, not the master's five.
    #expect((.seconds(0.5) ..< .seconds(3)).contains(add.duration))
    #expect(await eventually(within: .seconds(2)) { master.logLines.contains { $0.level == "debug" } })
    #expect(try await Program.run(["health"], environment: ["REPLOG_URL": urls[0]]).exit == .status(0))
  }

  @Test func theCommandLine_WinsOverTheEnvironment() async throws {
    let follower = try NodeProcess(
      ["follower", "--delay", "0.25", "--port=0"],
      environment: ["REPLOG_DELAY": "7", "REPLOG_PORT": "1", "REPLOG_NAME": "named"])
    let url = "http://127.0.0.1:\(try await follower.port())"
    #expect(try await NodeClient(url: url).health()["delay_ms"]?.int == 250)
    let master = try NodeProcess(
      ["master", "--port", "0", "--follower", url],
      environment: ["REPLOG_FOLLOWERS": "http://127.0.0.1:1,http://127.0.0.1:2"])
    let health = try await NodeClient(url: "http://127.0.0.1:\(try await master.port())").health()
    #expect(health["followers"]?.array?.map { $0["url"]?.string } == [url])
  }

  @Test func anEmptyVariable_CountsAsNone() async throws {
    let master = try NodeProcess(
      ["master", "--port", "0"],
      environment: ["REPLOG_FOLLOWERS": "", "REPLOG_QUORUM": "", "REPLOG_HOST": "", "REPLOG_LOG_LEVEL": ""])
    let health = try await NodeClient(url: "http://127.0.0.1:\(try await master.port())").health()
    #expect(health["followers"] == .array([]))
    #expect(health["read_only"] == .null)
  }

  @Test(arguments: [
    ("REPLOG_PORT", "x", "--port"), ("REPLOG_QUORUM", "5", "--quorum"),
    ("REPLOG_FOLLOWERS", "http://127.0.0.1:1,nonsense", "nonsense"),
    ("REPLOG_FOLLOWERS", "http://127.0.0.1:1,http://127.0.0.1:1", "twice"),
  ])
  func aWrongValueInTheEnvironment_IsOneLineAndAFailure(name: String, value: String, named: String) async throws {
    let program = try await Program.run(["master"], environment: [name: value])
    #expect(program.failedWithOneLine, "\(program)")
    #expect(program.stderr.contains(named), "\(program.stderr)")
  }
}
