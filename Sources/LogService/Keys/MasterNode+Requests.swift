import HTTPServer
import JSON
import Locking
import Logging
import ReplicationCore

/// What became of a request, by its key: `GET /requests/{key}`, and `DELETE` to make sure that nothing will.
extension MasterNode {
  /// Tells what became of a request.
  /// - Throws: 404 if no entry has its key, 410, 422, 500, 503: see `place(of:in:)` and `entry(of:at:)`.
  func outcome(_ request: Request) throws(Rejection) -> Response {
    let key = try KeyRequest.key(of: request)
    let writeConcern = try writeConcern(of: request)
    let offset = try state.withLock { (state) throws(Rejection) in try place(of: key, in: state) }
    guard let offset else {
      try refuseToTellOfAnotherLog()
      throw Rejection(
        status: 404,
        message:
          "not seen: no entry of the log has this key; its request may still come, and DELETE makes sure that it can't")
    }
    return describe(try entry(of: key, at: offset), key, writeConcern: writeConcern)
  }

  /// Makes sure that no message comes with a key that has none: the log gets a seal. Answers when a majority holds it.
  /// - Throws: 504 if that takes longer than the node runs; as `outcome`, and as an add that is refused.
  func seal(_ request: Request) async throws(Rejection) -> Response {
    let key = try KeyRequest.key(of: request)
    let writeConcern = try writeConcern(of: request)
    let (offset, isNew) = try state.withLock { (state) throws(Rejection) in
      if let offset = try place(of: key, in: state) { return (offset, false) }
      if state.isStopping { throw .unavailable("not sealed: the node is stopping", retryAfterSeconds: nil) }
      if let reason = state.master.readOnly { throw readOnlyRejection(reason) }
      guard state.master.hasRoomForWaiter(sealConcern(writeConcern)) else { throw tooManyWait("not sealed: ") }
      return (try append(Entry.Content(seal: key), key: key, in: &state), true)
    }
    guard isNew else {
      let entry = try entry(of: key, at: offset)
      if entry.data == nil { try await waitForSeal(at: offset, writeConcern) }
      return describe(entry, key, writeConcern: writeConcern)
    }
    wakeSenders()
    logger.debug("key sealed", metadata: ["offset": "\(offset)"])
    try await waitForSeal(at: offset, writeConcern)
    return describe(KeyedEntry(sealAt: offset, epoch: mastership.epoch), key, writeConcern: writeConcern)
  }

  /// A seal is nobody's word before a majority holds it: with fewer it may go, and the message may come.
  private func sealConcern(_ writeConcern: Int = 1) -> Int {
    max(writeConcern, majority(ofNodes: configuration.followers.count + 1))
  }

  /// Waits until a seal holds.
  /// - Throws: 504 if the node stops before, or too many wait.
  func waitForSeal(at offset: Offset, _ writeConcern: Int = 1) async throws(Rejection) {
    let concern = sealConcern(writeConcern)
    let end = await wait(at: offset, concern, deadline: nil)
    if case .confirmed = end { return }
    let reason =
      switch end {
      case .timedOut: "too many requests wait"
      case .deposed: "another master has taken over"
      case .confirmed, .cancelled, .stopping: "the node stops"
      }
    var nothing = "nothing was written"
    if case .deposed = end { nothing = "whether anything was written is not known here" }
    throw Rejection(
      status: 504,
      message: "\(nothing) with this key; its seal, at offset \(offset), is not yet held by \(concern) nodes: "
        + "\(reason); seal it again",
      data: .members(["sealed": .bool(true), "write_concern": .number(UInt64(concern))]), outcomeOfAdd: .unknown)
  }

  private func describe(_ entry: KeyedEntry, _ key: RequestKey, writeConcern: Int) -> Response {
    let isSeal = entry.data == nil
    let concern = isSeal ? sealConcern(writeConcern) : writeConcern
    let last = entry.offsets.upperBound
    let (known, isReached, isDeposed) = state.withLock { state in
      (state.master.holders(of: last), state.master.isReached(concern, at: last), state.master.isDeposed)
    }
    let (outcome, message): (Outcome, String) =
      switch (isSeal, isReached) {
      case _ where isDeposed: (.unknown, "Another master has taken over: ask it")
      case (true, true): (.notWritten, "The key is sealed: nothing was written with it, and nothing will be")
      case (true, false): (.unknown, "The key is being sealed: it is not yet held by as many nodes as it takes")
      case (false, true): (.committed, "The message is stored")
      case (false, false): (.pending, "The message is stored, not yet on as many nodes as asked for")
      }
    var members: [JSONValue.Member] = [
      .init(name: "key", value: .string("\(key)")), .init(name: "outcome", value: .string(outcome.rawValue)),
      .init(name: "sealed", value: .bool(isSeal)),
      .init(name: "offset", value: .number(entry.offsets.lowerBound.rawValue)),
      .init(name: "epoch", value: .number(entry.epoch.rawValue)),
      .init(name: "write_concern", value: .number(UInt64(concern))),
    ]
    if case .list? = entry.data { members.insert(.init(name: "last_offset", value: .number(last.rawValue)), at: 4) }
    members += Holders(known, urls: configuration.followers).members
    return Envelope.response(200, message, data: .object(members))
  }

  private func writeConcern(of request: Request) throws(Rejection) -> Int {
    let nodes = configuration.followers.count + 1
    let text = try QueryParameters(request, names: KeyRequest.queryNames).text("write_concern")
    return if let text { try WriteConcern.read(text: text, nodes: nodes) } else { majority(ofNodes: nodes) }
  }

  /// A wiped, restored or deposed master does not know of what the others hold.
  /// - Throws: 503.
  private func refuseToTellOfAnotherLog() throws(Rejection) {
    guard state.withLock({ $0.master.readOnly?.isLasting ?? false }) else { return }
    throw .unavailable(
      "whether the key was seen can't be told: this master's log is not the one that its followers hold, or is damaged; "
        + "see /health", retryAfterSeconds: nil)
  }
}
