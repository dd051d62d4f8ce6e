public import HTTPClient

/// The log as a client has it: over HTTP, on a node that may be away, stop in the middle or not be the master.
///
/// Any thread. What it sends it sends through a client that others may use too.
public struct RemoteLog: Sendable {
  /// Of the node that is asked first.
  public let url: String
  let client: Client

  /// - Parameters:
  ///   - url: of a node, such as `http://localhost:6061`; `HTTPURL` checks one.
  ///   - client: what makes the requests. Who made it shuts it down.
  public init(url: String, client: Client) {
    self.url = url
    self.client = client
  }

  /// Beyond the wait that a request asks for, an answer takes no longer than this.
  static let grace = Duration.seconds(2)
  /// How long it may take to connect.
  static let connectTimeout = Duration.seconds(2)

  /// A node's URL with a path, whether or not it ends with a slash.
  static func joined(_ url: String, _ path: String) -> String {
    (url.hasSuffix("/") ? String(url.dropLast()) : url) + path
  }

  /// What a node answers to a GET, whatever it is.
  /// - Throws: ``RemoteError/noAnswer(url:reason:)``
  func get(_ url: String, _ path: String, timeout: Duration) async throws(RemoteError) -> Answer {
    let request = Request(
      url: Self.joined(url, path), timeout: timeout, connectTimeout: Self.connectTimeout,
      responseBytesMax: Self.answerBytesMax, responseHeaderNames: Answer.headerNames)
    return Answer(try await send(request, to: url))
  }

  func send(_ request: Request, to url: String) async throws(RemoteError) -> Response {
    do throws(ClientError) {
      return try await client.send(request)
    } catch {
      throw .noAnswer(url: url, reason: error)
    }
  }

  /// More than the longest message, with every character escaped.
  static let answerBytesMax = 1 << 30
}
