import LogStorage
import ReplicationCore

/// One process of a follower, as the service runs it: the core's value, a log, and what waits for the disk.
final class FollowerProcess {
  /// An exchange whose answer waits until what it brought is durable, or can't become so for now.
  struct Waiting {
    let message: Message
    let last: Offset
    let generation: UInt64
  }

  let index: Int
  let machine: Int
  let log: DiskLog
  var follower: Follower
  /// Who this is to `Evidence`; changes with the incarnation.
  var life: Int
  var isAlive = true
  var isPaused = false
  /// What came while it was paused.
  var deferred: [() -> Void] = []
  var waiting: [Waiting] = []
  /// Exchanges that were not answered, by id.
  var handled: [UInt64: Message] = [:]
  /// The highest delivery of each master start that arrived.
  var highestArrived: [Int: UInt64] = [:]

  init(index: Int, machine: Int, log: DiskLog, follower: Follower, life: Int) {
    self.index = index
    self.machine = machine
    self.log = log
    self.follower = follower
    self.life = life
  }
}
