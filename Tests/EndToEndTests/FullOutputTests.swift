import Foundation
import Testing

/// An output that can't be written is told; one that nobody reads any more isn't (`ReadCommandTests`).
@Suite(.serialized) struct FullOutputTests {
  /// With the standard output on a device that is always full.
  private func run(_ arguments: [String]) async throws -> Program {
    let process = try NodeProcess(arguments, under: ["sh", "-c", #"exec "$@" >/dev/full"#, "sh"])
    let exit = try await process.waitForExit(within: .seconds(30))
    return Program(exit: exit, stdout: process.stdout, stderr: process.stderr)
  }

  private static let words = "can't write the output: No space left on device"

  @Test func aFullDisk_IsOneLineAndAFailure() async throws {
    let cluster = try await Cluster.start(delays: [])
    let url = cluster.master.url
    #expect(try await cluster.master.client.add("a", w: 1).status == 200)
    for arguments in [
      ["read", "--url", url], ["read", "--follow", "--json", "--url", url], ["status", "--url", url],
      ["status", "--watch", "--url", url], ["receipt", "1", "--url", url], ["receipt", "1", "--json", "--url", url],
      ["health", "--url", url], ["bench", "--count", "1", "--url", url], ["dump", cluster.master.dataDirectory],
      ["verify", cluster.master.dataDirectory],
    ] {
      let program = try await run(arguments)
      #expect(program.exit == .status(1) && program.stderr == "replog: \(Self.words)\n", "\(arguments): \(program)")
    }
  }

  /// What became of the messages is known all the same.
  @Test func ofAnAddition_TheOutcomeIsToldToo() async throws {
    let cluster = try await Cluster.start(delays: [])
    let url = cluster.master.url
    for (index, arguments) in [["a"], ["b", "--json"]].enumerated() {
      let program = try await run(["add", "--url", url] + arguments)
      #expect(program.exit == .status(1), "\(program)")
      #expect(
        program.stderr == "replog: \(Self.words); offset \(index + 1), held by a majority of the nodes\n", "\(program)")
    }
    let folder = try Folder()
    let path = "\(folder.path)/input"
    try Data("c\nd\n".utf8).write(to: URL(fileURLWithPath: path))
    let process = try NodeProcess(
      ["add", "-", "--json", "--batch", "1", "--url", url],
      under: ["sh", "-c", #"exec "$@" <"$0" >/dev/full"#, path])
    #expect(try await process.waitForExit(within: .seconds(30)) == .status(1), "\(process.stderr)")
    #expect(
      process.stderr.hasPrefix("replog: \(Self.words); 2 lines in 2 batches, offsets 3 to 4"), "\(process.stderr)")
  }
}
