import HTTPServer
import JSON
import Locking
import ReplicationCore

extension MasterNode {
  /// `GET /health`.
  func health() -> Response {
    let now = Clock.now
    let end = log.end
    let (views, commit, readOnly, waiting, catchUps) = state.withLock {
      (
        $0.master.followerViews(now: now), $0.master.acked.commit, $0.master.readOnly, $0.master.waiting, $0.catchUps
      )
    }
    let followers = zip(configuration.followers, zip(views, catchUps)).map { url, known in
      let (view, catchUp) = known
      return JSONValue.members([
        "url": .string(url),
        "state": .string(view.state.rawValue),
        "match_offset": .number(view.match.rawValue),
        "lag": .number(end.last.distance(from: view.match)),
        "last_contact_ms": view.silence.map { .number(UInt64(max(0, $0.milliseconds))) } ?? .null,
        "node_id": view.identity.map { .string("\($0.node)") } ?? .null,
        "delay_ms": .number(UInt64(view.delay.milliseconds)),
        "batches_in_flight": .number(UInt64(view.inFlight)),
        "problem": view.problem.map { .string(describe($0)) } ?? .null,
        "catch_up": self.value(catchUp),
      ])
    }
    return Envelope.response(
      200, "Health fetched successfully",
      data: .members([
        "role": .string("master"),
        "node_id": .string("\(nodeID)"),
        "epoch": .number(mastership.epoch.rawValue),
        "last_offset": .number(end.durable.rawValue),
        // After a restart the followers have not told yet.
        "commit_offset": .number(max(commit, log.commitKnown).rawValue),
        "read_only": (readOnly.map { describe($0) } ?? log.trouble.map { "\($0)" }).map { .string($0) } ?? .null,
        "followers": .array(followers),
        "waiting": .number(UInt64(waiting)),
        "version": .string(Version.current),
      ]).with(StorageHealth.members(log)))
  }

  /// How fast a follower that is far behind comes nearer; null for one that isn't.
  private func value(_ catchUp: CatchUp) -> JSONValue {
    guard catchUp.isBehind else { return .null }
    return .members([
      "entries_per_second": .number(catchUp.entriesPerSecond),
      "seconds_left": catchUp.timeLeft.map { .number(UInt64(max(0, $0.milliseconds / 1000))) } ?? .null,
    ])
  }

  /// Looks now and then how far each follower is. On the client's thread.
  func watchCatchUp(now: Instant) {
    var events: [(Int, CatchUp.Event)] = []
    state.withLock { state in
      guard now >= state.catchUpDue else { return }
      state.catchUpDue = now + Self.catchUpInterval
      let last = log.end.last
      for (index, view) in state.master.followerViews(now: now).enumerated() {
        let event = state.catchUps[index].note(match: view.match, last: last, now: now)
        // One that is silent doesn't come nearer, and that it is silent was told.
        guard let event, view.state == .healthy else { continue }
        events.append((index, event))
      }
    }
    for (follower, event) in events { tell(event, of: follower) }
  }

  private static let catchUpInterval = Interval.milliseconds(500)
}
