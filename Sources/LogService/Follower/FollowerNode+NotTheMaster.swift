import HTTPServer
import JSON
import Locking
import ReplicationCore

/// What only the master can do: a follower says where that is.
extension FollowerNode {
  /// `POST /add`: 421 with the master's URL, or 307 for those who want to be sent on.
  func add(_ request: Request) throws(Rejection) -> Response {
    let master = try masterURL(else: "not written: this node is a follower and has not met its master yet: try again")
    let preferences = Preferences(request.headers("Prefer"))
    var rejection = notTheMaster(
      master, "add messages on the master", next: CurlLine.add(request, to: master))
    guard preferences.redirects else { throw rejection }
    rejection.status = 307
    rejection.headers = [
      Header(name: "Location", value: CurlLine.joined(master, RefusedAdd.path)),
      Header(name: "Preference-Applied", value: "redirect"),
    ]
    throw rejection
  }

  /// `GET /messages/{offset}`: what this node holds. Who else does is the master's to know.
  func receipt(_ request: Request) throws(Rejection) -> Response {
    let offset = try Receipt.offset(in: request.path)
    guard request.query.isEmpty else {
      let master = try masterURL(
        else: "this node is a follower and has not met its master yet, who knows who holds what")
      let query = request.query.map { "\($0.name)=\($0.value ?? "")" }.joined(separator: "&")
      throw notTheMaster(
        master, "only the master knows who holds a message",
        next: CurlLine.get(master, "\(Receipt.path(offset))?\(query)"))
    }
    return Receipt.response(try Receipt.message(offset, log: log).members)
  }

  /// What became of a request with a key is the master's to tell.
  /// - Throws: 503 before the first contact.
  func keysAreTheMasters(_ request: Request) throws(Rejection) -> Rejection {
    let key = try KeyRequest.key(of: request)
    let master = try masterURL(else: "this node is a follower and has not met its master yet, who knows of keys")
    return notTheMaster(
      master, "only the master knows what became of a key", next: CurlLine.get(master, KeyRequest.path("\(key)")))
  }

  /// - Throws: 503 before the first contact.
  private func masterURL(else message: String) throws(Rejection) -> String {
    if let url = state.withLock({ $0.masterURL }) { return url }
    throw .unavailable(message, data: .members(["master": .null]))
  }

  private func notTheMaster(_ master: String, _ what: String, next: String) -> Rejection {
    Rejection(
      status: 421, message: "this node is a follower: \(what), \(master)",
      data: .members(["master": .string(master), "next": .string(next)]))
  }

  /// The answer to a request that is not carried out; that to an add says that nothing was written here.
  func reject(_ rejection: Rejection, _ request: Request) -> Response {
    guard RefusedAdd.isAdd(request) else { return rejection.response }
    let epoch = state.withLock { $0.promise?.epoch }
    return RefusedAdd(url: url, epoch: epoch).response(rejection, to: request)
  }
}
