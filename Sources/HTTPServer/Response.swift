/// A handler's answer.
public struct Response: Sendable {
  /// The status code, 200 to 599.
  public var status: Int
  /// The fields to send besides those that libmicrohttpd writes itself (`Date`, `Content-Length`, `Transfer-Encoding`).
  /// A field that cannot be sent, with a line break in it for example, is left out. `Connection: close` is obeyed.
  public var headers: [Header]
  /// What follows the head. The answer to `HEAD`, and one with status 304, has the head that a body of
  /// bytes asks for and no body; with a body that comes in pieces it has no length, and the connection closes after it.
  public var body: Body

  /// Makes a response.
  public init(status: Int, headers: [Header] = [], body: Body = .bytes([])) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}
