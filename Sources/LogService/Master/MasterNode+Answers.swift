import HTTPServer
import JSON
import Locking
import ReplicationCore

/// What is answered to an add once its messages are in the log.
extension MasterNode {
  /// Who holds a message, as clients know the nodes.
  struct Holders {
    var held: [JSONValue] = []
    var missing: [JSONValue] = []

    /// - Parameters:
    ///   - known: what the core knows.
    ///   - urls: the followers', in the same order.
    init(_ known: (master: Bool, followers: [Bool]), urls: [String]) {
      for (name, holds) in zip(["master"] + urls, [known.master] + known.followers) {
        if holds { held.append(.string(name)) } else { missing.append(.string(name)) }
      }
    }

    var members: [JSONValue.Member] {
      [.init(name: "held_by", value: .array(held)), .init(name: "missing", value: .array(missing))]
    }
  }

  /// The answer to a request that is not carried out; that to an add says what became of its message.
  func reject(
    _ rejection: Rejection, _ request: Request, outcomeOfAdd outcome: Outcome? = nil
  ) -> Response {
    guard RefusedAdd.isAdd(request) else { return rejection.response }
    return RefusedAdd(url: clientURL, epoch: mastership.epoch).response(
      rejection, to: request, outcome: outcome ?? rejection.outcomeOfAdd)
  }

  /// - Parameter end: how the wait ended.
  func answer(to wish: AddRequest, _ added: Added, _ end: Waiting.End) -> Response {
    let last = added.offsets.upperBound
    // The usual case asks nobody.
    if case .confirmed = end, !wish.preferences.respondsAsync { return committed(wish, added) }
    let (isReached, isDurable, holders) = state.withLock { state in
      (
        state.master.isReached(wish.writeConcern, at: last), state.master.isReached(1, at: last),
        Holders(state.master.holders(of: last), urls: configuration.followers)
      )
    }
    let nodes = "\(wish.writeConcern) node\(wish.writeConcern == 1 ? "" : "s")"
    switch end {
    case .confirmed, .timedOut:
      // It may have been reached just now.
      if isReached, !wish.isAnsweredEarly { return committed(wish, added) }
      if wish.preferences.respondsAsync, isDurable {
        let message = "Message accepted: stored at offset \(last), \(isReached ? "" : "not yet ")held by \(nodes)"
        return pending(wish, added, holders, status: 202, message, isReached: isReached)
      }
      return pending(
        wish, added, holders, status: 504,
        "stored at offset \(last), not confirmed by \(nodes) in time: it goes on replicating")
    case .cancelled, .stopping:
      return pending(
        wish, added, holders, status: 504, "stored at offset \(last), not confirmed by \(nodes): the node stops")
    case .deposed: return deposed(wish, added)
    }
  }

  private func committed(_ wish: AddRequest, _ added: Added) -> Response {
    let representation = wish.wantsRepresentation ? self.representation(of: added) : nil
    guard let representation else {
      return Response(status: 200, headers: ownHeaders(wish, added), body: .template(committedTemplate(added.epoch)))
    }
    return Envelope.response(
      200, "Message added successfully", data: representation,
      headers: headers(wish, added, .committed, hasRepresentation: true))
  }

  /// What all answers to adds of one epoch that reached their write concern have in common.
  private func committedTemplate(_ epoch: Epoch) -> AnswerTemplate {
    committedTemplate.withLock { known in
      if let known, known.epoch == epoch { return known.template }
      let template = Envelope.template(
        200, "Message added successfully", headers: Outcome.committed.headers(epoch: epoch))
      known = (epoch, template)
      return template
    }
  }

  private func headers(
    _ wish: AddRequest, _ added: Added, _ outcome: Outcome, hasRepresentation: Bool = false
  ) -> [Header] {
    outcome.headers(epoch: added.epoch) + ownHeaders(wish, added, hasRepresentation: hasRepresentation)
  }

  /// What the head says of this add alone.
  private func ownHeaders(_ wish: AddRequest, _ added: Added, hasRepresentation: Bool = false) -> [Header] {
    var headers = Outcome.headers(of: added.offsets, isList: wish.body.isList)
    if added.isReplayed { headers.append(Header(name: "Idempotency-Replayed", value: "true")) }
    if let applied = wish.applied(hasRepresentation: hasRepresentation) { headers.append(applied) }
    return headers
  }

  /// What this master has stays only if the later one found it on a follower, and that isn't known here.
  private func deposed(_ wish: AddRequest, _ added: Added) -> Response {
    let offset = added.offsets.lowerBound
    return Envelope.response(
      504,
      "stored here at offset \(offset), but another master has taken over, and whether it has the message is not known here: "
        + (wish.key == nil ? "look for it there" : "send the request again there, with its key"),
      data: .members([
        "offset": .number(offset.rawValue), "write_concern": .number(UInt64(wish.writeConcern)),
        "outcome": .string(Outcome.unknown.rawValue), "epoch": .number(added.epoch.rawValue),
        "retryable": .bool(wish.key != nil), "next": .string(CurlLine.get(clientURL, "/health")),
      ]), headers: headers(wish, added, .unknown))
  }

  private func pending(
    _ wish: AddRequest, _ added: Added, _ holders: Holders, status: Int, _ message: String, isReached: Bool = false
  ) -> Response {
    let outcome = isReached ? Outcome.committed : .pending
    let last = added.offsets.upperBound
    var members: [JSONValue.Member] = [
      .init(name: "offset", value: .number(added.offsets.lowerBound.rawValue)),
      .init(name: "write_concern", value: .number(UInt64(wish.writeConcern))),
      .init(name: "outcome", value: .string(outcome.rawValue)),
      .init(name: "epoch", value: .number(added.epoch.rawValue)),
    ]
    if wish.body.isList { members.insert(.init(name: "last_offset", value: .number(last.rawValue)), at: 1) }
    members += holders.members
    let next =
      isReached
      ? CurlLine.get(clientURL, Receipt.path(last))
      : CurlLine.wait(for: last, writeConcern: wish.writeConcern, on: clientURL)
    // Sent again without a key it would be added again.
    members.append(.init(name: "retryable", value: .bool(wish.key != nil)))
    members.append(.init(name: "next", value: .string(next)))
    var response = Envelope.response(
      status, message, data: .object(members), headers: headers(wish, added, outcome))
    if status == 202 { response.headers.append(Header(name: "Location", value: Receipt.path(last))) }
    return response
  }
}
