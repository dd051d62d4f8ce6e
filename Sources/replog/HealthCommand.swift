import ArgumentParser
import HTTPClient
import LogClient

/// `replog health`: for container health checks, whose image has no curl.
struct HealthCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "health", abstract: "Exit with 0 if a node answers GET /health.")
  static let names = ["--url"]

  @Option(help: "The node's URL.", completion: .list(ClientOptions.completions))
  var url = "http://127.0.0.1:6061"

  func validate() throws {
    _ = try NodeOptions.url(url, "--url")
  }

  func run() async throws {
    let client = try Client(connectionsMax: 1)
    let path = url.hasSuffix("/") ? "health" : "/health"
    let request = Request(method: .get, url: url + path, timeout: .seconds(3), connectTimeout: .seconds(2))
    let result: Result<Response, ClientError>
    do throws(ClientError) {
      result = .success(try await client.send(request))
    } catch {
      result = .failure(error)
    }
    await client.shutDown()
    let response = try result.mapError { RemoteError.noAnswer(url: url, reason: $0) }.get()
    guard response.status == 200 else { throw NotHealthy(url: url, status: response.status) }
    try StandardOutput.tell("\(url) answers")
  }
}

/// Something answers there, but not as a node does.
private struct NotHealthy: Error, CustomStringConvertible {
  let url: String
  let status: Int

  var description: String { "\(url) answered \(status) to GET /health: no node of a replicated log" }
}
