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
    case .olderEpochDropped(let entries, let epoch):
      logger.warning(
        "entries of an older epoch dropped: a new master began a new log",
        metadata: ["entries": "\(entries)", "epoch": "\(epoch)"])
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
    case .mismatch(let previous, let epoch, let expected):
      logger.error(
        "the entry before is of another epoch",
        metadata: ["offset": "\(previous)", "epoch": "\(epoch)", "expected_epoch": "\(expected)"])
    }
  }
}
