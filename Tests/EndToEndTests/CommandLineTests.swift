import Glibc
import Testing

/// "`--help` explains each with its unit and default; a wrong value, an address in use or an unresolvable own host is one
/// clear line on stderr and a non-zero exit. `--port 0` takes a free port and logs it."
@Suite(.serialized)
struct CommandLineTests {
  // MARK: Help

  /// Option, a word that names its unit or what it is, and its default: the contract's value, or nil for any number.
  private typealias Explained = (option: String, unit: String, standard: String?)
  private static let nodeOptions: [Explained] = [
    ("--host", "address or name", "127.0.0.1"), ("--log-level", "level", "info"),
    ("--body-limit", "bytes", "16777216"), ("--bodies-limit", "bytes", nil), ("--connections-max", "Connections", nil),
    ("--connection-memory", "bytes", "16384, of a follower 36864"), ("--idle-timeout", "seconds", nil),
    ("--hang-up-check", "seconds", nil),
    ("--stop-grace", "seconds", nil), ("--data-dir", "folder", "./data/ROLE-PORT"),
    ("--sync", "loss of power", "always"),
  ]
  private static let masterOptions: [Explained] = [
    ("--port", "port", "6061"), ("--follower", "URL", "none"), ("--quorum", "nodes", "no such rule"),
    ("--advertise", "clients reach", "http://HOST:PORT"), ("--heartbeat-interval", "seconds", "0.25"),
    ("--suspected-after", "seconds", "1"), ("--unhealthy-after", "seconds", "5"), ("--batch-timeout", "seconds", "10"),
    ("--backoff-min", "seconds", nil), ("--backoff-max", "seconds", nil), ("--window-batches", "Batches", nil),
    ("--window-bytes", "Bytes", nil), ("--batch-bytes", "Bytes", nil), ("--batch-entries", "Entries", nil),
    ("--waiting-max", "Requests", nil), ("--handshake-timeout", "seconds", nil),
  ]
  private static let followerOptions: [Explained] = [
    ("--port", "port", "6062"), ("--delay", "seconds", "0"), ("--gap-bytes", "Bytes", nil),
    ("--delayed-bytes", "Bytes", nil), ("--name", "name", "follower"),
  ]
  private static let healthOptions: [Explained] = [("--url", "URL", "http://127.0.0.1:6061")]

  @Test(arguments: [
    ("master", nodeOptions + masterOptions), ("follower", nodeOptions + followerOptions), ("health", healthOptions),
  ])
  private func help_NamesEachOptionsUnitAndDefault(command: String, options: [Explained]) async throws {
    let program = try await Program.run([command, "--help"])
    #expect(program.exit == .status(0))
    #expect(program.stderr.isEmpty)
    let explanations = Self.explanations(in: program.stdout)
    // A new option has to be added here, with its unit and default.
    #expect(Set(explanations.keys) == Set(options.map(\.0) + ["--version", "-h, --help"]))
    for (option, unit, standard) in options {
      let explanation = explanations[option] ?? ""
      #expect(explanation.contains(unit), "\(option): \(explanation)")
      let shown = explanation.firstMatch(of: #/default: ([^)]+)\)/#).map { String($0.1) }
      if let standard {
        #expect(shown == standard, "\(option): \(explanation)")
      } else {
        #expect(shown.flatMap { Double($0) } != nil, "\(option): \(explanation)")
      }
    }
  }

  @Test(arguments: [
    ("add", ["majority", "30", "a random one", "1000"]), ("receipt", ["don't wait", "30"]), ("bench", ["majority"]),
  ])
  func help_NamesTheDefaultsOfAClient(command: String, defaults: [String]) async throws {
    let help = try await Program.run([command, "--help"]).stdout.split(whereSeparator: \.isWhitespace)
    let shown = help.joined(separator: " ").matches(of: #/\(default: ([^)]+)\)/#).map { String($0.1) }
    #expect(Set(shown).isSuperset(of: defaults + ["http://localhost:6061"]), "\(shown)")
  }

  @Test func helpAndVersion_AreOnStdout() async throws {
    let help = try await Program.run(["--help"])
    #expect(help.exit == .status(0))
    for command in [
      "master", "follower", "add", "read", "status", "receipt", "health", "verify", "dump", "recover", "bench",
    ] {
      #expect(help.stdout.contains("\n  \(command) "))
      let own = try await Program.run([command, "--help"])
      #expect(own.exit == .status(0) && own.stdout.contains("USAGE: replog \(command)"))
    }
    let version = try await Program.run(["--version"])
    #expect(version.exit == .status(0))
    #expect(version.stdout.wholeMatch(of: #/\d+\.\d+\.\d+\n/#) != nil)
    #expect(version.stderr.isEmpty)
  }

  // MARK: What is wrong

  @Test(arguments: [
    (["nonsense"], "nonsense"),
    (["master", "--nonsense"], "--nonsense"),
    (["follower", "extra"], "extra"),
    (["master", "--port"], "--port"),
    (["master", "--port", "x"], "--port"),
    (["master", "--port", "70000"], "0 to 65535"),
    (["follower", "--port=-1"], "0 to 65535"),
    (["follower", "--delay", "soon"], "--delay"),
    (["follower", "--delay=-1"], "--delay"),
    (["follower", "--delay", "1e9"], "--delay"),
    (["follower", "--delay", "nan"], "--delay"),
    (["follower", "--name", "two words"], "--name"),
    (["master", "--log-level", "loud"], "--log-level"),
    (["master", "--body-limit", "0"], "--body-limit"),
    (["master", "--quorum", "0"], "--quorum is 0; it must be 1 to 1"),
    (["master", "--quorum", "2"], "--quorum is 2; it must be 1 to 1"),
    (["master", "--follower", "http://127.0.0.1:6062", "--quorum", "3"], "--quorum is 3; it must be 1 to 2"),
    (["master", "--follower", "127.0.0.1:6062"], "http://"),
    (["master", "--follower", "https://127.0.0.1:6062"], "http://"),
    (["master", "--follower", "http://127.0.0.1:0"], "port"),
    (["master", "--follower", "http://"], "http://"),
    (["master", "--follower", ""], "http://"),
    (["master", "--follower", "http://127.0.0.1:6062", "--follower", "http://127.0.0.1:6062"], "twice"),
    (["master", "--follower", "http://127.0.0.1:6062", "--follower", "http://127.0.0.1:6062/"], "twice"),
    (["master", "--advertise", "here"], "http://"),
    (["master", "--heartbeat-interval", "0"], "--heartbeat-interval"),
    (["master", "--suspected-after", "6"], "--unhealthy-after"),
    (["master", "--waiting-max", "0"], "--waiting-max"),
    (["master", "--waiting-max", "10000"], "--waiting-max"),
    (["master", "--port", "0", "--host", "no-such-host.invalid"], "no-such-host.invalid"),
    (["follower", "--port", "0", "--host", "no-such-host.invalid"], "no-such-host.invalid"),
    (["health", "--url", "here"], "http://"),
    (["master", "--sync", "sometimes"], "--sync"),
    (["master", "--data-dir", ""], "--data-dir"),
    (["verify"], "directory"),
    (["dump"], "path"),
    (["dump", ".", "--from", "0"], "--from"),
    (["dump", ".", "--limit", "0"], "--limit"),
    (["recover", "--data-dir", "x"], "--from"),
    (["recover", "--from", "http://127.0.0.1:1"], "--data-dir"),
    (["recover", "--from", "here", "--data-dir", "x"], "http://"),
    (["add"], "texts"),
    (["add", "a", "-"], "standard input"),
    (["add", "a", "-w", "0"], "-w is '0'; it must be a whole number from 1, majority or all\n"),
    (["add", "a", "--write-concern=two"], "--write-concern is 'two'; it must be a whole number from 1, majority"),
    (["add", "a", "--timeout", "abc"], "--timeout is 'abc'; it must be above 0, up to 3600 seconds"),
    (["add", "a", "--timeout", "0"], "--timeout"),
    (["add", "a", "--key", "two words"], "--key"),
    (["add", "a", "--key", ""], "--key"),
    (["add", "-", "--batch", "0"], "--batch"),
    (["add", "a", "--url", "here"], "http://"),
    (["read", "--from", "0"], "--from"),
    (["read", "--limit", "0"], "--limit"),
    (["read", "--level", "certain"], "'committed'; replog read --help"),
    (["receipt", "0"], "offset> is '0'; it must be a whole number from 1\n"),
    (["receipt", "x"], "offset> is 'x'; it must be a whole number from 1\n"),
    (["status", "--url", ""], "http://"),
  ])
  func aWrongValue_IsOneLineAndAFailure(arguments: [String], named: String) async throws {
    let program = try await Program.run(arguments)
    #expect(program.failedWithOneLine, "\(program)")
    #expect(program.stderr.contains(named), "\(program.stderr)")
  }

  @Test(arguments: ["master", "follower"])
  func anAddressInUse_IsOneLineAndAFailure(role: String) async throws {
    let first = try NodeProcess(["follower", "--port", "0"])
    let port = try await first.port()
    let program = try await Program.run([role, "--port", "\(port)"])
    #expect(program.failedWithOneLine, "\(program)")
    #expect(program.stderr.contains("port \(port)"), "\(program.stderr)")
    #expect(program.stderr.contains("in use"), "\(program.stderr)")
  }

  // MARK: What is right

  @Test(arguments: ["master", "follower"])
  func portZero_TakesAFreePortAndLogsIt(role: String) async throws {
    let processes = try (1...2).map { _ in try NodeProcess([role, "--port", "0"]) }
    let ports = [try await processes[0].port(), try await processes[1].port()]
    #expect(ports[0] != ports[1])
    for port in ports {
      #expect(try await NodeClient(url: "http://127.0.0.1:\(port)").health()["role"]?.string == role)
    }
  }

  // "replog health: exit 0 if the node answers"
  @Test func health_ExitsWithZero_OnlyIfTheNodeAnswers() async throws {
    let node = try NodeProcess(["follower", "--port", "0"])
    let url = "http://127.0.0.1:\(try await node.port())"
    for url in [url, "\(url)/"] {
      let answering = try await Program.run(["health", "--url", url])
      #expect(answering.exit == .status(0))
      #expect(answering.stderr.isEmpty)
    }
    let wrongPath = try await Program.run(["health", "--url", "\(url)/elsewhere"])
    #expect(wrongPath.failedWithOneLine, "\(wrongPath)")
    // It hangs: the check has to end all the same.
    node.send(SIGSTOP)
    let hanging = try await Program.run(["health", "--url", url], within: .seconds(8))
    #expect(hanging.failedWithOneLine, "\(hanging)")
    node.kill()
    let gone = try await Program.run(["health", "--url", url])
    #expect(gone.failedWithOneLine, "\(gone)")
  }

  @Test(.enabled(if: IPv6.isThere, "this machine has no ::1"))
  func nodesListenAndReplicate_OverIPv6() async throws {
    let follower = try NodeProcess(["follower", "--host", "::1", "--port", "0"])
    let followerURL = "http://[::1]:\(try await follower.port())"
    let master = try NodeProcess(["master", "--host", "::1", "--port", "0", "--follower", followerURL])
    let masterURL = "http://[::1]:\(try await master.port())"
    #expect(try await NodeClient(url: masterURL).add("over IPv6", w: 2).status == 200)
    #expect(try await NodeClient(url: followerURL).messages() == ["over IPv6"])
    #expect(try await Program.run(["health", "--url", masterURL]).exit == .status(0))
    // URLs that nodes tell are URLs.
    #expect(follower.logLines.first { $0.message == "follower started" }?.facts["url"] == followerURL)
    #expect(master.logLines.first { $0.message == "master started" }?.facts["url"] == masterURL)
    #expect(try await NodeClient(url: followerURL).add("x").data?["master"]?.string == masterURL)
  }

  /// What the help says about each option: the text from its name to the next option.
  private static func explanations(in help: String) -> [String: String] {
    var explanations: [String: String] = [:]
    var current = ""
    for line in help.split(separator: "\n").drop(while: { $0 != "OPTIONS:" }).dropFirst() {
      let words = line.split(separator: " ").joined(separator: " ")
      if let match = line.firstMatch(of: #/^  (-h, --help|--[a-z-]+)/#) { current = String(match.1) }
      explanations[current, default: ""] += " \(words)"
    }
    return explanations
  }
}
