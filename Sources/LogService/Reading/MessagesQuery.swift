import HTTPServer
import ReplicationCore

/// What a `GET /messages` asks for.
struct MessagesQuery: Sendable, Hashable {
  /// How certain what is shown must be.
  enum Level: String, CaseIterable, Sendable {
    /// Durable on this node.
    case local
    /// Besides, on a majority of the nodes, as far as this node knows.
    case committed
  }

  /// The first offset to show, at least 1.
  var from = Offset(1)
  /// How many messages at most: a page. Nil for everything.
  var limit: Int?
  /// How long an answer without a message is held, and how long `minOffset` is waited for.
  var wait = Duration.zero
  /// What this node must show before it answers.
  var minOffset: Offset?
  var view = MessageView.text
  var level = Level.local
  var format = MessagesFormat.json
  /// The condition `If-None-Match`.
  var ifNoneMatch: String?

  /// Without `limit` a page has this many messages.
  static let limitDefault = 1_000
  /// A page never has more messages than this.
  static let limitMax = 10_000
  /// The longest time that an answer is held.
  static let waitMax = Duration.seconds(60)
  /// The largest offset that may be asked for: the largest whole number that every JSON reader takes exactly.
  static let offsetMax = UInt64(InjectBody.sequenceMax)

  static let names = ["from", "limit", "wait", "view", "level", "min_offset"]

  /// Everything, as JSON.
  init() {}

  /// - Throws: 422 for parameters that are not allowed.
  init(_ request: Request) throws(Rejection) {
    format = MessagesFormat(accept: request.header("Accept"))
    ifNoneMatch = request.header("If-None-Match")
    if request.query.isEmpty { return }
    let parameters = try QueryParameters(request, names: Self.names)
    let first = try parameters.wholeNumber("from", in: 1...Self.offsetMax)
    let most = try parameters.wholeNumber("limit", in: 1...UInt64(Self.limitMax))
    from = Offset(first ?? 1)
    if first != nil || most != nil { limit = most.map { Int($0) } ?? Self.limitDefault }
    wait = try parameters.seconds("wait", max: Self.waitMax) ?? .zero
    minOffset = try parameters.wholeNumber("min_offset", in: 0...Self.offsetMax).map { Offset($0) }
    view = try parameters.word("view") ?? .text
    level = try parameters.word("level") ?? .local
  }

  /// Where the page after this one is, as the header `Link` has it.
  /// - Parameters:
  ///   - offset: its `from`.
  ///   - limit: this page's.
  func link(from offset: Offset, limit: Int) -> String {
    var link = "</messages?from="
    link.reserveCapacity(128)
    link += String(offset.rawValue)
    link += "&limit="
    link += String(limit)
    if view != .text { link += "&view=\(view.rawValue)" }
    if level != .local { link += "&level=\(level.rawValue)" }
    link += ">; rel=\"next\""
    return link
  }
}
