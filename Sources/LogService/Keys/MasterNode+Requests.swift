import HTTPServer
import Locking
import Logging
import ReplicationCore

/// What became of a request, by its key: `GET /requests/{key}`, and `DELETE` to make sure that nothing will.
extension MasterNode {
  /// The path's part before the key.
  static let requestsPath = "/requests/"

  /// Tells what became of a request.
  /// - Throws: 404 if no entry has its key, 410, 422, 500, 503: see `place(of:in:)` and `entry(of:at:)`.
  func outcome(_ request: Request) throws(Rejection) -> Response {
    let key = try IdempotencyKey.inPath(request.path.dropFirst(Self.requestsPath.count))
    let writeConcern = try writeConcern(in: request.query)
    let offset = try state.withLock { (state) throws(Rejection) in try place(of: key, in: state) }
    guard let offset else {
      throw Rejection(
        status: 404,
        message:
          "not seen: no entry of the log has this key; its request may still come, and DELETE makes sure that it can't")
    }
    return describe(try entry(of: key, at: offset), key, writeConcern: writeConcern)
  }

  /// Makes sure that no message comes with a key that has none: the log gets a seal. Answers when a majority holds it.
  func seal(_ request: Request) async throws(Rejection) -> Response {
    let key = try IdempotencyKey.inPath(request.path.dropFirst(Self.requestsPath.count))
    let writeConcern = try writeConcern(in: request.query)
    let offset = try state.withLock { (state) throws(Rejection) in
      if let offset = try place(of: key, in: state) { return offset }
      if state.isStopping { throw .unavailable("not sealed: the node is stopping", retryAfterSeconds: nil) }
      if let reason = state.master.readOnly { throw readOnlyRejection(reason) }
      return try append(Entry.Content(seal: key), key: key, in: &state)
    }
    wakeSenders()
    log.sync()
    let entry = try entry(of: key, at: offset)
    if entry.isSeal {
      logger.debug("key sealed", metadata: ["offset": "\(offset)"])
      try await wait(for: offset, writeConcern: writeConcern)
    }
    return describe(entry, key, writeConcern: writeConcern)
  }

  /// Appends an entry with a key that has none. To be called under the node's lock.
  func append(_ content: Entry.Content, key: RequestKey?, in state: inout State) throws(Rejection) -> Offset {
    do throws(LogRefusal) {
      let offset = try log.append(content, epoch: state.master.mastership.epoch, time: Clock.wallMilliseconds)
      if let key { state.keys?.note(key.hash, at: offset) }
      return offset
    } catch {
      throw Rejection(error)
    }
  }

  private func describe(_ entry: KeyedEntry, _ key: RequestKey, writeConcern: Int) -> Response {
    let (views, own, isReached) = state.withLock { state in
      (
        state.master.followerViews(now: Clock.now), state.master.ownMatch,
        state.master.isReached(writeConcern, at: entry.offset)
      )
    }
    let nodes =
      [("master", own >= entry.offset)]
      + zip(configuration.followers, views).map { ($0, $1.match >= entry.offset) }
    let outcome = entry.isSeal ? "not_written" : isReached ? "committed" : "pending"
    return Envelope.response(
      200,
      entry.isSeal ? "The key is sealed: nothing was written with it, and nothing will be" : "The message is stored",
      data: .members([
        "key": .string("\(key)"), "outcome": .string(outcome), "offset": .number(entry.offset.rawValue),
        "epoch": .number(entry.epoch.rawValue), "write_concern": .number(UInt64(writeConcern)),
        "is_reached": .bool(isReached),
        "held_by": .array(nodes.filter(\.1).map { .string($0.0) }),
        "missing": .array(nodes.filter { !$0.1 }.map { .string($0.0) }),
      ]))
  }

  private func writeConcern(in query: [QueryItem]) throws(Rejection) -> Int {
    let nodes = configuration.followers.count + 1
    guard let item = query.first else { return majority(ofNodes: nodes) }
    guard query.count == 1, let number = item.value.flatMap({ Int($0) }), (1...nodes).contains(number) else {
      throw .notAllowed("write_concern must be given once, a whole number from 1 to \(nodes), the number of nodes")
    }
    return number
  }
}
