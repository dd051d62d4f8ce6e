import HTTPServer
import ReplicationCore

/// All that a client says with a `POST /add`.
struct AddRequest: Sendable {
  let body: AddBody
  /// How many nodes must hold the message.
  let writeConcern: Int
  let preferences: Preferences
  /// `If-Match`: where the log must end for the message to be added; nil for anywhere.
  let expectedEnd: Offset?
  /// The client's name for the request; nil for none.
  let key: RequestKey?

  /// The fields of a request's head that it looks at.
  static let headersRead = ["Prefer", "If-Match", IdempotencyKey.name]

  /// - Parameter nodes: the number of configured nodes.
  /// - Throws: 400 or 422, for what can't be read or is not allowed.
  init(_ request: borrowing Request, nodes: Int) throws(Rejection) {
    body = try AddBody(request.body, nodes: nodes)
    writeConcern = body.writeConcern ?? majority(ofNodes: nodes)
    preferences = request.header("Prefer") == nil ? Preferences() : Preferences(request.headers("Prefer"))
    expectedEnd = request.header("If-Match") == nil ? nil : try Self.end(request.headers("If-Match"))
    key = try IdempotencyKey.of(request)
  }

  /// How long the answer may take; nil for as long as it does. What the body says counts more than a preference.
  var limit: Interval? { body.timeout ?? preferences.waitSeconds.map { .seconds(Int64($0)) } }

  /// Whether the answer comes as soon as the master has the message durably: 202. With a limit it comes when that is over.
  var isAnsweredEarly: Bool { preferences.respondsAsync && (limit ?? .zero) == .zero }

  /// How many nodes the request waits for.
  var awaited: Int { isAnsweredEarly ? 1 : writeConcern }

  /// When the wait ends all the same.
  /// - Parameter now: the time.
  func deadline(now: @autoclosure () -> Instant) -> Instant? { isAnsweredEarly ? nil : limit.map { now() + $0 } }

  /// Whether the message is to be in the answer; never those of a list.
  var wantsRepresentation: Bool { preferences.wantsRepresentation && !body.isList }

  /// The preferences that are honoured by an answer after the append, for `Preference-Applied`.
  /// - Parameter hasRepresentation: whether the message is in the answer.
  func applied(hasRepresentation: Bool) -> Header? {
    // The usual request has none, and this is all that it costs.
    guard preferences != Preferences() else { return nil }
    var words: [String] = []
    if preferences.respondsAsync { words.append("respond-async") }
    if let seconds = preferences.waitSeconds, body.timeout == nil { words.append("wait=\(seconds)") }
    if preferences.isStrict { words.append("handling=strict") }
    if hasRepresentation { words.append("return=representation") }
    return words.isEmpty ? nil : Header(name: "Preference-Applied", value: words.joined(separator: ", "))
  }

  /// One offset in quotes, as an entity tag is written (RFC 9110, section 8.8.3).
  private static func end(_ fields: [String]) throws(Rejection) -> Offset {
    let digits = fields[0].utf8.dropFirst().dropLast()
    guard fields.count == 1, fields[0].hasPrefix("\""), fields[0].hasSuffix("\""), (1...19).contains(digits.count),
      digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let end = UInt64(String(digits) ?? "")
    else {
      throw .unreadable(
        #"If-Match must be one offset in quotes, such as "41": the message is added only if the log ends there; "0" for an "#
          + "empty log")
    }
    return Offset(end)
  }
}
