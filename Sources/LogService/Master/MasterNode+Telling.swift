import Logging
import ReplicationCore

/// The log lines of a master. Each message is one static text; the facts are in the metadata.
extension MasterNode {
  func tellSent(_ delivery: Delivery, _ entries: Delivery.Entries) {
    logger.debug(
      "batch sent",
      metadata: facts(
        delivery.follower, entries, ["bytes": "\(entries.bytes)", "attempt": "\(delivery.attempt + 1)"]))
  }

  func tell(_ events: [MasterEvent]) {
    for event in events { tell(event) }
  }

  private func tell(_ event: MasterEvent) {
    switch event {
    case .unanswered(let follower, let reason):
      logger.warning("follower does not answer", metadata: facts(follower, ["reason": "\(reason)"]))
    case .stateChanged(let follower, let from, let to):
      logger.notice(
        "follower state changed", metadata: facts(follower, ["from": "\(from.rawValue)", "to": "\(to.rawValue)"]))
    case .followerMet(let follower, let identity, let match):
      logger.info(
        "follower met",
        metadata: facts(
          follower,
          ["node_id": "\(identity.node)", "incarnation": "\(identity.incarnation)", "match": "\(match)"]))
    case .commonPrefixFound(let follower, let match, let end):
      logger.notice(
        "the follower's log differs from here on",
        metadata: facts(follower, ["common": "\(match)", "follower_last": "\(end)"]))
    case .problemChanged(let follower, let problem?):
      logger.error("the follower can't be filled", metadata: facts(follower, ["reason": "\(describe(problem))"]))
    case .problemChanged(let follower, nil):
      logger.notice("the follower can be filled again", metadata: facts(follower, [:]))
    case .acknowledged(let follower, let entries, let match, let roundTrip):
      logger.debug(
        "batch acknowledged",
        metadata: facts(follower, entries, ["match": "\(match)", "round_trip_ms": "\(roundTrip.milliseconds)"]))
    case .arrivedEarly(let follower, let entries, let match):
      logger.debug("batch arrived early", metadata: facts(follower, entries, ["match": "\(match)"]))
    case .failed(let follower, let entries, let attempt, let pause, let reason):
      logger.warning(
        "batch failed, will be retried",
        metadata: facts(
          follower, entries, ["attempt": "\(attempt)", "pause_ms": "\(pause.milliseconds)", "reason": "\(reason)"]))
    case .staleAnswerDropped(let follower, let identity):
      logger.notice(
        "answer of an earlier incarnation dropped",
        metadata: facts(follower, ["incarnation": "\(identity.incarnation)"]))
    case .refused(let follower, let promise):
      logger.error(
        "refused: the follower follows a later master", metadata: facts(follower, ["epoch": "\(promise.epoch)"]))
    case .sameNode(let follower, let other, let node):
      logger.error(
        "two followers are one node, which counts once",
        metadata: facts(follower, ["other": "\(configuration.followers[other])", "node_id": "\(node)"]))
    case .unreadable(let error):
      logger.error("the log can't be read", metadata: ["reason": "\(error)"])
    case .readOnlyChanged(let reason?):
      logger.error("read-only", metadata: ["reason": "\(describe(reason))"])
    case .readOnlyChanged(nil):
      logger.notice("no longer read-only")
    }
  }

  /// How far a follower is that has much to catch up.
  func tell(_ event: CatchUp.Event, of follower: Int) {
    switch event {
    case .progress(let match, let lag, let rate, let timeLeft):
      logger.info(
        "catching up",
        metadata: facts(
          follower,
          [
            "match": "\(match)", "lag": "\(lag)", "per_s": "\(rate)",
            "left_s": timeLeft.map { "\($0.milliseconds / 1000)" } ?? "unknown",
          ]))
    case .caughtUp(let match):
      logger.info("caught up", metadata: facts(follower, ["match": "\(match)"]))
    }
  }

  private func facts(_ follower: Int, _ more: Logger.Metadata) -> Logger.Metadata {
    more.merging(["follower": "\(configuration.followers[follower])"]) { fact, _ in fact }
  }

  private func facts(_ follower: Int, _ entries: Delivery.Entries, _ more: Logger.Metadata) -> Logger.Metadata {
    facts(follower, more).merging(["first": "\(entries.first)", "last": "\(entries.last)"]) { fact, _ in fact }
  }
}
