import LogStorage
import ReplicationCore

/// One start of a master, as the service runs it, and what the simulation knows to be true of it.
final class MasterProcess {
  let index: Int
  let startID: UInt64
  let machine: Int
  let log: DiskLog
  /// Nil while it asks its followers what they hold.
  var core: Master?
  /// Whether it found what it must not overwrite.
  var needsRecovery = false
  var isAlive = true
  /// Exchanges without an outcome.
  var outstanding: Set<UInt64> = []
  /// Wake-ups with another number are out of date.
  var turnTicket = 0
  /// What its log held at its last moment, or holds now.
  var chain: [LogPoint] = []

  /// The clients that wait, as the simulation knows, and how many disks had been lost when they came.
  var waiting: [WaiterID: (point: LogPoint, losses: Int)] = [:]
  /// For each URL: who is there, and what it held when it answered.
  var evidence: [Evidence]
  /// The highest commit offset there was.
  var commitMax = Offset.zero

  init(index: Int, startID: UInt64, machine: Int, log: DiskLog, places: Int) {
    self.index = index
    self.startID = startID
    self.machine = machine
    self.log = log
    evidence = Array(repeating: Evidence(), count: places)
  }

  /// The process is gone.
  func end() {
    isAlive = false
    outstanding = []
    waiting = [:]
  }

  var mastership: Mastership? { core?.mastership }
}
