import Logging
import ReplicationCore

/// The log lines of a follower. Each message is one static text; the facts are in the metadata.
extension FollowerNode {
  func tell(_ events: [FollowerEvent]) {
    for event in events { tell(event) }
  }

  private func tell(_ event: FollowerEvent) {
    switch event {
    case .promised(let mastership, let url):
      logger.notice("following a master", metadata: ["master": "\(url)", "epoch": "\(mastership.epoch)"])
    case .injectedSetAside(let entries):
      logger.warning(
        "entries put here by hand were set aside at the first contact with a master",
        metadata: ["entries": "\(entries)"])
    case .refused(let mastership, let promise):
      logger.warning(
        "an older master was refused",
        metadata: ["epoch": "\(mastership.epoch)", "promised_epoch": "\(promise.epoch)"])
    case .stored(let first, let last):
      logger.debug("entries stored", metadata: ["first": "\(first)", "last": "\(last)"])
    case .held(let first, let last, let missing):
      logger.debug(
        "entries arrived early", metadata: ["first": "\(first)", "last": "\(last)", "missing": "\(missing)"])
    case .gapBufferFull(let first, let last):
      logger.warning("no room for entries that arrived early", metadata: ["first": "\(first)", "last": "\(last)"])
    case .mismatch(let previous, let own):
      logger.notice(
        "this log differs from the master's",
        metadata: ["at": "\(previous)", "own": own.map { "\($0)" } ?? "none", "last": "\(log.end.last)"])
    case .foreignLog(let own, let master):
      logger.error(
        "a master of another log was turned away: there are entries here",
        metadata: ["log_id": "\(own)", "master_log_id": "\(master)", "last": "\(log.end.last)"])
    case .tailSetAside(let first, let last, let epoch):
      logger.warning(
        "entries that the later master doesn't have were set aside",
        metadata: ["first": "\(first)", "last": "\(last)", "epoch": "\(epoch)"])
    case .divergedBelowCommit(let offset, let commit):
      logger.error(
        "the master's log differs from what is known here to be acknowledged: nothing was cut",
        metadata: ["offset": "\(offset)", "commit": "\(commit)"])
    case .storageRefused(let refusal):
      logger.warning("not stored", metadata: ["reason": "\(refusal)"])
    case .unreadable(let error):
      logger.error("the log can't be read", metadata: ["reason": "\(error)"])
    case .damageCut(let damage, let last):
      logger.warning(
        "damage was set aside with what follows it: the master fills it again",
        metadata: ["damage": "\(damage)", "last_before": "\(last)"])
    }
  }
}
