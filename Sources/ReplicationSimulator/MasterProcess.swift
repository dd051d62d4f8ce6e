import ReplicationCore

/// One start of a master, as the service runs it, and what the simulation knows to be true of it.
///
/// Sendable because the log's observer must be; a simulation lives on one thread.
final class MasterProcess: @unchecked Sendable {
  let index: Int
  let startID: UInt64
  let log = LaggingLog()
  /// Nil while it asks its followers for their promises.
  var core: Master?
  /// The highest epoch that a follower reported.
  var epochReported = Epoch.none
  var isAlive = true
  /// Exchanges without an outcome.
  var outstanding: Set<UInt64> = []
  /// Wake-ups with another number are out of date.
  var turnTicket = 0
  /// What the log's observer was told last.
  private(set) var durableTold = Offset.zero

  /// The clients that wait, as the simulation knows.
  var waiting: Set<WaiterID> = []
  /// For each URL: who is there, and what it held when it answered.
  var evidence: [Evidence]
  /// The highest commit offset there was.
  var commitMax = Offset.zero

  init(index: Int, startID: UInt64, places: Int) {
    self.index = index
    self.startID = startID
    evidence = Array(repeating: Evidence(), count: places)
    log.observeDurable { [unowned self] in durableTold = $0 }
  }

  var mastership: Mastership? { core?.mastership }
}
