import ReplicationCore

/// One request on its way, or being handled: one HTTP exchange as the master knows it.
struct Message {
  let id: UInt64
  /// Which start of a master sent it.
  let master: Int
  /// Which URL of the master's list it was sent to.
  let place: Int
  /// What the master's core ordered.
  let delivery: Delivery
  let request: ReplicateRequest
  /// When it left, counted in steps: later steps of one instant are later.
  let departure: Int
  /// The connection of this copy died: its answer reaches nobody.
  var answerReachesNobody = false
}

/// What happens at a moment of virtual time.
enum Event {
  case turn(master: Int, ticket: Int)
  case request(Message)
  case store(process: Int, Message)
  case commit(machine: Int, boot: Int)
  case answer(Message, ReplicateAnswer, life: Int, held: Offset?)
  case failure(Message, reason: String)
  case add
  case cancel(master: Int, WaiterID)
  case inject
  case fault(FaultKind)
  case operatorLooks
  case faultsEnd
  /// Anything else: a fetch on its way, a restart, an end of a fault.
  case call(() -> Void)
}
