/// The intervals and limits of replication, with the contract's values as defaults.
public struct ReplicationSettings: Sendable, Hashable {
  /// How often a heartbeat leaves for each follower.
  public var heartbeatInterval = Interval.milliseconds(250)
  /// A follower that was silent for so long is Suspected.
  public var suspectedAfter = Interval.seconds(1)
  /// A follower that was silent for so long is Unhealthy; also the time-out of one heartbeat.
  public var unhealthyAfter = Interval.seconds(5)
  /// What is added to a follower's own delay to give the time-out of a batch.
  public var batchTimeout = Interval.seconds(10)
  /// The first pause after a failed batch.
  public var backoffMin = Interval.milliseconds(50)
  /// The longest pause after failed batches, jitter included.
  public var backoffMax = Interval.seconds(2)
  /// How many batches may be on the way to one follower.
  public var windowBatches = 96
  /// How many bytes of entries may be on the way to one follower; one batch always may.
  public var windowBytes = 64 << 20
  /// How many bytes of entries one batch holds at most; one entry always fits. While the round trip is short, it is 64 KiB or
  /// twice what was added since the last batch, if that is more.
  public var batchBytesMax = 1 << 20
  /// How many entries one batch holds at most.
  public var batchEntriesMax = 10_000
  /// How many requests may wait for followers at once.
  public var waitingMax = 8_000
  /// How many nodes, the master included, must not be Unhealthy for the master to take messages; nil for no such rule.
  public var quorum: Int?

  /// The contract's values.
  public init() {}

  /// While the round trip is long, departures are spread over it: this many in one round trip. The rest of the window is for
  /// batches that are full and need not wait.
  var departuresPerRoundTrip: Int64 { Int64(max(1, windowBatches / 4)) }

  /// The least time between two departures while answers are outstanding, so that batches grow under load.
  static let departurePauseMin = Interval.milliseconds(1)

  /// How many bytes of entries one batch holds at most while the round trip is short and little is added.
  static let promptBatchBytesMax = 64 << 10
}
