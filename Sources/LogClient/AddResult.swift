/// What is known in the end of messages that were to be added.
public struct AddResult: Sendable, Hashable {
  /// What became of them.
  public var outcome: Outcome
  /// Where the messages are in the log; nil where that isn't known.
  public var offsets: ClosedRange<UInt64>?
  /// Of the master that wrote them; nil where that isn't known.
  public var epoch: UInt64?
  /// The request's.
  public let key: String
  /// Whether they were there before the first request: an earlier run with the key had brought them. A repetition that finds
  /// what may be its own work doesn't count.
  public var isReplayed = false
  /// Whether nothing was written because the key is that of another message.
  public var isOtherMessage = false
  /// How many requests were sent.
  public let attempts: Int
  /// Of pending messages: the nodes that were last known to hold them.
  public var heldBy: [String] = []
  /// Of pending messages: the other nodes.
  public var missing: [String] = []
  /// Why they aren't committed, in words; nil where they are.
  public var problem: String?
}
