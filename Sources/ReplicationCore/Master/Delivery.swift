/// One request that the master has decided to send. The caller fills in the entries and carries it out.
public struct Delivery: Sendable, Hashable {
  /// Counts the requests to one follower; a later one has a higher number.
  public let number: UInt64
  /// Which follower, in configured order from 0.
  public let follower: Int
  /// In whose name it goes: epoch 0, which only asks who is there, when the master was refused for a later one.
  public let mastership: Mastership
  /// The entries it carries; nil for a heartbeat.
  public let entries: Entries?
  /// How many attempts failed in a row before it.
  public let attempt: Int
  /// How long to wait for the answer.
  public let timeout: Interval

  /// The entries of a batch.
  public struct Entries: Sendable, Hashable {
    /// The first offset.
    public let first: Offset
    /// The last offset, at least `first`.
    public let last: Offset
    /// The size of their encoded form.
    public let bytes: Int
  }
}
