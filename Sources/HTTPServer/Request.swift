/// One complete request: the handler is called once all of it is there.
public struct Request: Sendable {
  /// The method as the client wrote it, `GET` or `POST` for example. `HEAD` is not turned into `GET`.
  public let method: String
  /// The path, percent-decoded, without the query. It ends at a `%00`, and bytes that are not UTF-8 are repaired.
  public let path: String
  /// The query's items in the client's order; one name may come several times.
  public let query: [QueryItem]
  /// The body's bytes, whatever way they came (Content-Length or chunks). At most `ServerLimits.bodyBytesMax`.
  public let body: [UInt8]
  private let headers: [Header]

  /// Makes a request; the server does it for each it received, tests may.
  ///
  /// - Parameter headers: fields that `header(_:)` finds.
  public init(
    method: String, path: String, query: [QueryItem] = [], headers: [Header] = [], body: [UInt8] = []
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
  }

  /// The value of a header field; of several fields with this name, the first one's.
  ///
  /// - Parameter name: compared without regard to case. Only names of `Server.start`'s `headersCopied` are ever found.
  public func header(_ name: String) -> String? {
    headers.first { $0.isNamed(name) }?.value
  }

  /// The values of all header fields with this name, in the client's order; see `header(_:)`.
  public func headers(_ name: String) -> [String] {
    headers.filter { $0.isNamed(name) }.map(\.value)
  }
}
