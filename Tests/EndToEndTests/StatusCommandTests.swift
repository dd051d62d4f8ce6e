import Glibc
import Testing

/// "`replog status [--watch]` (a table: node, role, state, last offset, lag, last contact)", `replog receipt OFFSET`, shell
/// completions, "colours and bars only on a terminal".
@Suite(.serialized) struct StatusCommandTests {
  @Test func status_IsATable_AndSaysByItsExitWhetherAllIsWell() async throws {
    let cluster = try await Cluster.start()
    #expect(try await cluster.master.client.add("a", w: 3).status == 200)
    for node in [cluster.master, cluster.followers[0]] {
      let well = try await Program.run(["status", "--url", node.url])
      #expect(well.exit == .status(0) && well.stderr.isEmpty, "\(well)")
      let rows = well.stdout.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      #expect(rows.first == ["NODE", "ROLE", "STATE", "LAST", "OFFSET", "LAG", "LAST", "CONTACT"])
      #expect(
        rows.dropFirst().map { $0.prefix(5).joined(separator: " ") } == [
          "\(cluster.master.url) master Healthy 1 0", "\(cluster.followers[0].url) follower Healthy 1 0",
          "\(cluster.followers[1].url) follower Healthy 1 0",
        ])
    }
    cluster.followers[1].kill()
    #expect(await eventually(within: .seconds(10)) { try await cluster.states()[1] != "Healthy" })
    let ill = try await Program.run(["status", "--url", cluster.master.url, "--json"])
    #expect(ill.exit == .status(1) && ill.stderr.isEmpty)
    let object = try #require(JSON(Array(ill.stdout.utf8)))
    #expect(object["healthy"] == .bool(false) && object["nodes"]?.array?.count == 3)
    #expect(object["nodes"]?[0]?["last_offset"]?.int == 1 && object["nodes"]?[1]?["state"]?.string == "Healthy")
    cluster.master.kill()
    let silent = try await Program.run(["status", "--url", cluster.followers[0].url])
    #expect(silent.exit == .status(1) && silent.stdout.contains("No answer"), "\(silent)")
    let nobody = try await Program.run(["status", "--url", cluster.master.url])
    #expect(nobody.failedWithOneLine && nobody.stderr.contains("doesn't answer: is the node up?"), "\(nobody)")
  }

  @Test func watch_ShowsItAgain_UntilItIsInterrupted() async throws {
    let cluster = try await Cluster.start(delays: [])
    let process = try NodeProcess(["status", "--watch", "--json", "--url", cluster.master.url])
    #expect(await eventually(within: .seconds(10)) { process.stdout.split(separator: "\n").count >= 2 })
    cluster.master.kill()
    let problem = #"{"problem":"\#(cluster.master.url) doesn't answer"#
    #expect(await eventually(within: .seconds(10)) { process.stdout.contains(problem) })
    process.send(SIGINT)
    #expect(try await process.waitForExit(within: .seconds(5)) == .status(130))
    #expect(process.stderr.isEmpty)
  }

  @Test func coloursAreOnlyOnATerminalThatWantsThem() async throws {
    let cluster = try await Cluster.start(delays: [])
    let status = ["status", "--url", cluster.master.url]
    let coloured = try await Piped.runOnTerminal(status, environment: ["TERM": "xterm"])
    #expect(coloured.contains("\u{1B}[32mHealthy\u{1B}[0m"), "\(coloured.debugDescription)")
    let plain = try await Piped.runOnTerminal(status, environment: ["TERM": "xterm", "NO_COLOR": "1"])
    #expect(plain.contains("Healthy") && !plain.contains("\u{1B}"))
    #expect(try await !Program.run(status).stdout.contains("\u{1B}"))
  }

  @Test func receipt_TellsOfOneMessage_OrWaits() async throws {
    let cluster = try await Cluster.start()
    #expect(try await cluster.master.client.add("a\n", w: 3).status == 200)
    let receipt = ["receipt", "1", "--url", cluster.master.url]
    let plain = try await Program.run(receipt)
    #expect(plain.exit == .status(0) && plain.stderr.isEmpty, "\(plain)")
    let lines = plain.stdout.split(separator: "\n")
    #expect(lines.contains("offset      1") && lines.contains(#"text        "a\n""#))
    #expect(lines.contains("held by     master, \(cluster.followers[0].url), \(cluster.followers[1].url)"))
    let width = max("master".count, cluster.followers.map(\.url.count).max() ?? 0)
    let master = "  master\(String(repeating: " ", count: width - "master".count))  2"
    #expect(lines.contains("confirmed") && lines.contains { $0.hasPrefix(master) }, "\(plain.stdout)")
    #expect(lines.contains { $0.hasPrefix("  \(cluster.followers[0].url)") && $0.hasSuffix(" ms") }, "\(plain.stdout)")
    #expect(lines.last?.hasPrefix("survives    It survives the crash of all nodes, ") == true, "\(plain.stdout)")
    let other = try await Program.run(["receipt", "1", "--url", cluster.followers[0].url])
    #expect(other.stdout.hasSuffix("\nheld by     only the master knows, ask \(cluster.master.url)\n"), "\(other)")
    let object = try #require(JSON(Array(try await Program.run(receipt + ["--json"]).stdout.utf8)))
    #expect(object["offset"]?.int == 1 && object["text"]?.string == "a\n" && object["held_by"]?.array?.count == 3)
    let none = try await Program.run(["receipt", "9", "--url", cluster.master.url])
    #expect(none.exit == .status(4) && none.failedWithOneLine, "\(none)")
    // A follower doesn't know who holds it, and says who does.
    #expect(try await Program.run(["receipt", "1", "-w", "all", "--url", cluster.followers[0].url]).exit == .status(0))

    cluster.followers[1].kill()
    #expect(try await cluster.master.client.add("b", w: 2).status == 200)
    let wait = ["receipt", "2", "-w", "3", "--url", cluster.master.url]
    let pending = try await Program.run(wait + ["--timeout", "0.3"])
    #expect(pending.exit == .status(3) && pending.failedWithOneLine, "\(pending)")
    let process = try NodeProcess(wait)
    #expect(await holds(for: .milliseconds(200)) { process.isRunning })
    try await cluster.followers[1].start()
    #expect(try await process.waitForExit(within: .seconds(10)) == .status(0), "\(process.stderr)")
    cluster.master.kill()
    #expect(try await Program.run(receipt).exit == .status(5))
  }

  @Test func completions_OfferCommandsOptionsAndValues() async throws {
    let script = try await Program.run(["--generate-completion-script", "bash"])
    #expect(script.exit == .status(0))
    func offered(_ words: String...) async throws -> [String] {
      // As bash calls it, with the cursor at the end.
      let line = ([NodeProcess.binary] + words).joined(separator: " ")
      let quoted = ([NodeProcess.binary] + words).map { "'\($0)'" }.joined(separator: " ")
      let program = try NodeProcess(
        [],
        under: [
          "bash", "-c",
          """
          eval "$0"
          COMP_WORDS=(\(quoted)); COMP_CWORD=\(words.count); COMP_LINE='\(line)'; COMP_POINT=\(line.count)
          _replog replog '\(words.last ?? "")' '\(words.dropLast().last ?? "replog")' >/dev/null 2>&1
          printf '%s\\n' "${COMPREPLY[@]}"
          """, script.stdout,
        ])
      _ = try await program.waitForExit(within: .seconds(10))
      return program.stdout.split(separator: "\n").map { $0.trimmingSpaces }
    }
    #expect(Set(try await offered("")).isSuperset(of: ["add", "read", "status", "receipt", "master", "dump"]))
    #expect(Set(try await offered("add", "-w", "")) == ["1", "2", "3", "majority", "all"])
    #expect(Set(try await offered("bench", "--write-concern", "")) == ["1", "2", "3", "majority", "all"])
    #expect(Set(try await offered("read", "--level", "")) == ["local", "committed"])
    #expect(Set(try await offered("read", "--")).isSuperset(of: ["--from", "--follow", "--json", "--url", "--limit"]))
  }
}

extension Substring {
  fileprivate var trimmingSpaces: String { split(separator: " ").joined(separator: " ") }
}
