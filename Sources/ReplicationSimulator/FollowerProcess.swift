import ReplicationCore

/// One process of a follower, as the service runs it: the core's value, a log, and what waits for the disk.
final class FollowerProcess {
  /// An exchange whose answer waits until what it brought is durable.
  struct Waiting {
    let message: Message
    let outcome: ReplicateAnswer.Outcome
    let last: Offset
    let generation: UInt64
  }

  let index: Int
  let machine: Int
  var follower: Follower
  let log = LaggingLog()
  var isAlive = true
  var isPaused = false
  /// What came while it was paused.
  var deferred: [Event] = []
  var waiting: [Waiting] = []
  /// Exchanges that were not answered, by id.
  var handled: [UInt64: Message] = [:]
  /// The highest delivery of each master start that arrived.
  var highestArrived: [Int: UInt64] = [:]

  init(index: Int, machine: Int, follower: Follower) {
    self.index = index
    self.machine = machine
    self.follower = follower
  }
}
