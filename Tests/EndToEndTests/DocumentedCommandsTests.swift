import Foundation
import Testing

/// The pages that show the interface by example: each of their commands is run and answers as it says.
@Suite struct DocumentedCommandsTests {
  @Test(arguments: [("the-answer-was-lost", ["ship order 17"]), ("http-api", "abcdfghijklnpq".map { "\($0)" })])
  func everyCommandOfAPageAnswersAsItSays(page name: String, messages: [String]) async throws {
    let cluster = try await Cluster.start()
    #expect(await cluster.becomesHealthy())
    let page = try String(contentsOfFile: "docs/\(name).md", encoding: .utf8)
    let commands = page.split(separator: "\n").filter { $0.hasPrefix("curl ") }
    #expect(commands.count >= 9)
    for command in commands {
      let parts = command.components(separatedBy: "   # ")
      try #require(parts.count == 2, "\(command) says no status")
      let line = parts[0].replacing("http://localhost:6061", with: cluster.master.url)
        .replacing("http://localhost:6062", with: cluster.followers[0].url)
      #expect(try await Self.status(of: line) == parts[1], "\(command)")
    }
    #expect(try await cluster.master.client.messages() == messages)
    #expect(await cluster.converges(to: messages, within: .seconds(5)))
  }

  /// The section of the README on the command line, with the nodes of `make up` elsewhere.
  @Test func everyLineOfTheCommandLineWorks() async throws {
    let cluster = try await Cluster.start()
    let readme = try String(contentsOfFile: "README.md", encoding: .utf8)
    let section = try #require(readme.components(separatedBy: "\n## Command line\n").dropFirst().first)
    let lines = section.components(separatedBy: "\n## ")[0].split(separator: "\n").filter { line in
      line.hasPrefix("replog ") || line.contains(" | replog ") || line.contains("<(replog ")
    }
    #expect(lines.count >= 7)
    for line in lines {
      let process = try NodeProcess(
        [], environment: ["REPLOG_URL": cluster.master.url],
        under: ["bash", "-e", "-c", #"replog() { "$0" "$@"; }"# + "\n\(line)"])
      #expect(try await process.waitForExit(within: .seconds(30)) == .status(0), "\(line): \(process.stderr)")
      #expect(process.stderr.isEmpty, "\(line): \(process.stderr)")
    }
    #expect(try await cluster.master.client.messages() == ["msg1", "msg2", "msg3"] + (1...5000).map { "\($0)" })
  }

  /// The outcome by key across a restart, with a key in quotes.
  @Test func keysAndSealsOutliveAMasterThatIsKilled() async throws {
    let cluster = try await Cluster.start()
    let url = cluster.master.url
    let add = #"curl \#(url)/add -d '{"data":"a","write_concern":2}' -H 'Idempotency-Key: "#
    #expect(try await Self.status(of: add + #""a key"'"#) == "200")
    #expect(try await Self.status(of: "curl -X DELETE \(url)/requests/sealed") == "200")
    cluster.master.kill()
    try await cluster.master.start()
    #expect(await eventually(within: .seconds(5)) { try await Self.status(of: add + #""a key"'"#) == "200" })
    #expect(try await Self.status(of: "curl \(url)/requests/a%20key") == "200")
    #expect(try await Self.status(of: add + "sealed'") == "409")
    #expect(try await cluster.master.client.messages() == ["a"])
  }

  /// The status that a command line of a document gets.
  private static func status(of line: String) async throws -> String {
    try await Curl.run(words(of: line).dropFirst() + ["-o", "/dev/null", "-w", "%{http_code}"])
  }

  /// A command line's words as a shell takes it apart, which has single quotes and nothing else that is special.
  private static func words(of line: String) -> [String] {
    var words: [String] = []
    for (index, part) in line.components(separatedBy: "'").enumerated() {
      if index % 2 == 1 { words.append(part) } else { words += part.split(separator: " ").map(String.init) }
    }
    return words
  }
}
