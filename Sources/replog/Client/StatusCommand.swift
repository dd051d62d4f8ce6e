import ArgumentParser
import Glibc
import JSON
import LogClient

/// `replog status`: how the nodes are, as a table.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show how the nodes are: role, state, last offset, lag, last contact.",
    discussion: """
      The master knows; a follower is asked who that is. Exits with 0 if all nodes are healthy and the master takes messages, \
      else with 1.
      """)

  @Flag(help: "Show it anew each second, until it is interrupted.")
  var watch = false

  @OptionGroup var client: ClientOptions

  private static let interval = Duration.seconds(1)

  func run() async throws {
    try await client.withLog { log in
      if watch { try await show(log) }
      let status = try await log.status()
      try tell(status)
      guard status.isHealthy else { throw ExitCode.failure }
    }
  }

  /// Shows it again and again.
  /// - Throws: when nobody reads it any more.
  private func show(_ log: RemoteLog) async throws -> Never {
    let output = StandardOutput()
    let isTerminal = Terminal.isThere(STDOUT_FILENO)
    while true {
      var text = isTerminal && !client.json ? Terminal.clear : ""
      do throws(RemoteError) {
        text += self.text(try await log.status())
      } catch {
        text += client.json ? #"{"problem":\#(Self.quoted("\(error)"))}"# + "\n" : "\(error)\n"
      }
      if !isTerminal, !client.json { text += "\n" }
      output.write(Array(text.utf8))
      guard output.flush() else {
        try output.finish()
        throw ExitCode.success
      }
      try await Task.sleep(for: Self.interval)
    }
  }

  private func tell(_ status: ClusterStatus) throws {
    let output = StandardOutput()
    output.write(Array(text(status).utf8))
    try output.finish()
  }

  private func text(_ status: ClusterStatus) -> String {
    guard client.json else { return StatusTable.text(status, hasColours: Terminal.hasColours(STDOUT_FILENO)) }
    var bytes: [UInt8] = []
    JSONValue.members([
      "healthy": .bool(status.isHealthy), "nodes": .array(status.nodes.map(\.json)),
    ]).write(to: &bytes)
    return String(decoding: bytes, as: UTF8.self) + "\n"
  }

  private static func quoted(_ text: String) -> String {
    var bytes: [UInt8] = []
    bytes.appendJSONString(text.utf8)
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension ClusterStatus.Node {
  fileprivate var json: JSONValue {
    .members([
      "url": .string(url), "role": .string(role), "state": .string(state),
      "last_offset": lastOffset.map { .number($0) } ?? .null, "lag": lag.map { .number($0) } ?? .null,
      "last_contact_ms": lastContactMilliseconds.map { .number($0) } ?? .null,
      "problem": problem.map { .string($0) } ?? .null,
    ])
  }
}
