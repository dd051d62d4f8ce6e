/// How busy a server is at one moment.
public struct ServerCounts: Sendable, Equatable {
  /// Open connections, idle ones included.
  public let connections: Int
  /// Exchanges whose handler has started and whose answer has not been sent completely.
  public let handling: Int
  /// Those of them whose handler waits.
  public let waiting: Int
  /// Bytes of the bodies being received.
  public let bodyBytes: Int
  /// Live bodies that are being sent, or wait for something to send.
  public let live: Int

  /// Makes a set of counts, to compare with.
  public init(connections: Int, handling: Int, waiting: Int, bodyBytes: Int, live: Int = 0) {
    self.connections = connections
    self.handling = handling
    self.waiting = waiting
    self.bodyBytes = bodyBytes
    self.live = live
  }
}
