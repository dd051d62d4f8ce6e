public import ArgumentParser
import HTTPClient
public import LogClient

/// The options of all commands that talk to a running node.
struct ClientOptions: ParsableArguments {
  static let names = ["--url"]
  static let completions = (6061...6063).map { "http://localhost:\($0)" }

  @Option(help: "The URL of the node to talk to.", completion: .list(Self.completions))
  var url = "http://localhost:6061"

  @Flag(help: "Print JSON, one object per line.")
  var json = false

  func validate() throws {
    _ = try NodeOptions.url(url, "--url")
  }

  /// Carries out a command's work with the log at the URL.
  /// - Throws: what `body` throws, or why there is no client.
  func withLog<Result>(_ body: (RemoteLog) async throws -> Result) async throws -> Result {
    let client = try Client(connectionsMax: 4)
    do {
      let result = try await body(RemoteLog(url: url, client: client))
      await client.shutDown()
      return result
    } catch {
      await client.shutDown()
      throw error
    }
  }
}

extension LogClient.WriteConcern {
  /// Reads an option's value.
  /// - Throws: `ValidationError` that says what is allowed.
  static func read(_ text: String) throws -> Self {
    guard let value = Self(text) else { throw ValidationError("it must be a whole number from 1, majority or all") }
    return value
  }

  /// What a shell offers.
  static var completion: CompletionKind { .list(["1", "2", "3", "majority", "all"]) }
}

extension ReadLevel: ExpressibleByArgument {}
