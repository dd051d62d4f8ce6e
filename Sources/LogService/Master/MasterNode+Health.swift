import HTTPServer
import Locking
import ReplicationCore

extension MasterNode {
  /// `GET /health`.
  func health() -> Response {
    let now = Clock.now
    let end = log.end
    let (views, commit, readOnly, waiting) = state.withLock {
      ($0.master.followerViews(now: now), $0.master.acked.commit, $0.master.readOnly, $0.master.waiting)
    }
    let followers = zip(configuration.followers, views).map { url, view in
      JSONValue.members([
        "url": .string(url),
        "state": .string(view.state.rawValue),
        "match_offset": .number(view.match.rawValue),
        "lag": .number(end.last.distance(from: view.match)),
        "last_contact_ms": view.silence.map { .number(UInt64(max(0, $0.milliseconds))) } ?? .null,
        "node_id": view.identity.map { .string("\($0.node)") } ?? .null,
        "delay_ms": .number(UInt64(view.delay.milliseconds)),
        "batches_in_flight": .number(UInt64(view.inFlight)),
      ])
    }
    return Envelope.response(
      200, "Health fetched successfully",
      data: .members([
        "role": .string("master"),
        "node_id": .string("\(nodeID)"),
        "epoch": .number(mastership.epoch.rawValue),
        "last_offset": .number(end.durable.rawValue),
        "commit_offset": .number(commit.rawValue),
        "read_only": readOnly.map { .string(describe($0)) } ?? .null,
        "followers": .array(followers),
        "waiting": .number(UInt64(waiting)),
        "storage": .string("memory"),
        "version": .string(Version.current),
      ]))
  }
}
