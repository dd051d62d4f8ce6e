/// Where the answer to one request is brought.
public protocol Answering: AnyObject, Sendable {
  /// Answers the request. Once; any thread, but not under a lock. What comes after the client has left, or after a stop has
  /// answered, is dropped.
  func answer(_ response: Response)
}
