import ReplicationCore

/// One request on its way, or being handled: one HTTP exchange as the master knows it.
struct Message {
  let id: UInt64
  /// Which start of a master sent it.
  let master: Int
  /// Which URL of the master's list it was sent to.
  let place: Int
  /// What the master's core ordered; nil when a master that starts asks who is there.
  let delivery: Delivery?
  let request: ReplicateRequest
  /// When it left, counted in steps: later steps of one instant are later.
  let departure: Int
  /// The connection of this copy died: its answer reaches nobody.
  var answerReachesNobody = false
}

/// Whose log a sync belongs to.
enum LogOwner {
  case master(Int)
  case follower(Int)
}

/// What happens at a moment of virtual time.
enum Event {
  case turn(master: Int, ticket: Int)
  case request(Message)
  case store(process: Int, Message)
  case synced(LogOwner, LaggingLog.Sync)
  case answer(Message, ReplicateAnswer, process: Int, held: Offset)
  case failure(Message, reason: String)
  case add
  case cancel(master: Int, WaiterID)
  case inject
  case fault(FaultKind)
  case resume(process: Int)
  case restart(machine: Int)
  case reconnect(machine: Int)
  case swapBack(Int, Int)
  case askFollowers
  case startMaster(Int)
  case faultsEnd
}
