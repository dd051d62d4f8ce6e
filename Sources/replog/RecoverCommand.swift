import ArgumentParser
import HTTPClient
import LogService

/// `replog recover`: brings a node's log back from other nodes.
struct RecoverCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recover",
    abstract: "Copy the longest log that other nodes hold into a node's folder, and set aside what was there.",
    discussion: """
      For a master whose folder was wiped or restored, or whose log is damaged. Its node must not run; those it copies from must.
      """)
  static let names = ["--from", "--data-dir"]

  @Option(name: .customLong("from"), help: "The URL of a node that holds the log; may be repeated.")
  var sources: [String] = []

  @Option(help: "The folder of the node that is to be recovered.", completion: .directory)
  var dataDir: String

  func validate() throws {
    guard !sources.isEmpty else { throw ValidationError("Missing --from: the URL of a node that holds the log") }
    for url in sources { _ = try NodeOptions.url(url, "--from") }
  }

  func run() async throws {
    let client = try Client(connectionsMax: 1)
    let recovery = LogRecovery(urls: sources, path: dataDir, client: client) { print($0) }
    let result: Result<Void, any Error>
    do {
      result = .success(try await recovery.run())
    } catch {
      result = .failure(error)
    }
    await client.shutDown()
    try result.get()
  }
}
