import ReplicationCore

/// How a story tells what the follower does.
extension FollowerStage {
  static func text(_ refusal: LogRefusal) -> String {
    switch refusal {
    case .full: "the disk is full"
    case .busy: "too much waits for the disk"
    case .failing(let reason): "the disk fails: \(reason)"
    case .damaged(let damage): "the log is \(damage)"
    }
  }

  static func text(_ error: LogReadError) -> String {
    switch error {
    case .reset: "entries were taken out"
    case .damaged(let damage): "\(damage)"
    }
  }

  static func text(_ event: FollowerEvent) -> String {
    switch event {
    case .promised(let mastership, let url): "promises itself to epoch \(mastership.epoch) at \(url)"
    case .injectedSetAside(let entries): "sets aside \(entries) entries put here by hand"
    case .refused(let mastership, let promise): "refuses epoch \(mastership.epoch): promised to \(promise.epoch)"
    case .foreignLog(let own, let master): "turns away the master of log \(master.low): it holds log \(own.low)"
    case .stored(let first, let last): "stored \(first)…\(last)"
    case .held(let first, let last, let missing): "keeps \(first)…\(last), \(missing) is missing"
    case .gapBufferFull(let first, let last): "has no room for \(first)…\(last)"
    case .mismatch(let previous, let own?):
      "\(previous.offset) is another one: of epoch \(own.epoch), the master's of \(previous.epoch)"
    case .mismatch(let previous, nil): "\(previous.offset) is not here"
    case .tailSetAside(let first, let last, let epoch): "sets aside \(first)…\(last), which end in epoch \(epoch)"
    case .divergedBelowCommit(let offset, let commit): "won't give up \(offset): \(commit) is acknowledged"
    case .storageRefused(let refusal): "can't store: \(text(refusal))"
    case .unreadable(let error): "can't read: \(text(error))"
    case .damageCut(let damage, let last): "sets aside \(damage.offset)…\(last): \(damage.reason)"
    }
  }
}
