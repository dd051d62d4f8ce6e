import HTTPServer
import JSON
import ReplicationCore

/// Why a master takes no messages, for people and programs.
extension MasterNode {
  /// Not written: 507 (RFC 4918) where the disk is full, else 503.
  /// - Parameter isKeyed: whether the request has a key, which another log may hold.
  func readOnlyRejection(_ reason: ReadOnlyReason, isKeyed: Bool = false) -> Rejection {
    let data = JSONValue.members(["read_only": .string(describe(reason))])
    let isUnclear = isKeyed && reason.isLasting
    let beginning = isUnclear ? "nothing was written now" : "not written"
    let message = "\(beginning): the master is read-only: \(describe(reason))"
    guard reason == .storage(.full) else {
      var rejection = Rejection.unavailable(message, data: data, retryAfterSeconds: reason.isLasting ? nil : 1)
      rejection.isLasting = reason.isLasting
      if isUnclear { rejection.outcomeOfAdd = .unknown }
      return rejection
    }
    return Rejection(status: 507, message: message, data: data, retryAfterSeconds: 1)
  }

  /// Why the master is read-only, and what to do.
  func describe(_ reason: ReadOnlyReason) -> String {
    switch reason {
    case .quorum(let needed, let present, let nodes):
      "the quorum is \(needed) of \(nodes) nodes, and \(present) \(present == 1 ? "is" : "are") healthy"
    case .deposed(let follower, let promise):
      "\(configuration.followers[follower]) follows a later master (epoch \(promise.epoch)); "
        + "stop the other master, or restart this one to take a later epoch"
    case .diverged(let follower, let offset):
      "\(configuration.followers[follower]) holds other entries from offset \(offset) on and knows them to be acknowledged; "
        + "restart this master, which copies back what it only lacks, or stop it and run \(recoverCommand(follower))"
    case .recoverNeeded(let follower, let why):
      "\(describe(why, configuration.followers[follower])); stop this master and run \(recoverCommand(follower)), "
        + "or give it the followers of its own log"
    case .storage(.damaged(let damage)):
      "the log is \(damage); stop this master and run replog recover --from FOLLOWER-URL --data-dir DIR"
    case .storage(let trouble): "\(trouble)"
    }
  }

  private func describe(_ reason: RecoverReason, _ url: String) -> String {
    switch reason {
    case .wiped: "this master's folder holds no log, and \(url) holds one"
    case .foreign: "\(url) holds another log than this master"
    case .diverged(let offset):
      "\(url) holds other entries at or below offset \(offset) and knows them to be acknowledged"
    }
  }

  private func recoverCommand(_ follower: Int) -> String {
    "replog recover --from \(configuration.followers[follower]) --data-dir DIR"
  }

  /// Why a follower that answers gets no entries.
  func describe(_ problem: FollowerProblem) -> String {
    switch problem {
    case .foreign(let own): "it holds another log, \(own)"
    case .diverged(let offset): "it holds other entries from offset \(offset) on and knows them to be acknowledged"
    case .storage: "it can't store: its disk is full or fails"
    }
  }
}

extension ReadOnlyReason {
  /// Whether it stays so until a person does something: this master's log is damaged, or another one may go on without it.
  var isLasting: Bool {
    switch self {
    case .quorum: false
    case .deposed, .diverged, .recoverNeeded: true
    case .storage(.damaged): true
    case .storage: false
    }
  }
}
