/// Some messages of the log in their order, as a node shows them.
public struct Page: Sendable, Hashable {
  /// One message.
  public struct Message: Sendable, Hashable {
    /// Its place in the log, from 1.
    public let offset: UInt64
    /// Of the master that took it.
    public let epoch: UInt64
    /// When the master took it, as RFC 3339 writes it, in UTC; nil where nobody knows.
    public let time: String?
    /// Its UTF-8 bytes.
    public let text: [UInt8]
  }

  /// At most as many as were asked for.
  public let messages: [Message]
  /// Where the next page begins.
  public let next: UInt64
  /// The last offset that the node shows.
  public let last: UInt64
}

/// How certain what is read must be.
public enum ReadLevel: String, Sendable, CaseIterable {
  /// Durable on the node that is asked.
  case local
  /// Besides, on a majority of the nodes.
  case committed
}
