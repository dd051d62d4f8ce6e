import HTTPServer
import ReplicationCore

/// What a client wants that follows the log: from where, and in which form.
struct LiveStart {
  /// In which form the messages are told. Those who want the same form share their events.
  struct Form: Hashable, Sendable {
    var view = MessageView.text
    var level = MessagesQuery.Level.local
  }

  /// The parameters that it takes.
  static let names = ["from", "view", "level"]

  /// The offset after `Last-Event-ID`, else `from`, else 1.
  let offset: Offset
  let form: Form

  /// - Throws: 422 for what is not allowed.
  init(_ request: Request) throws(Rejection) {
    let query = try QueryParameters(request, names: Self.names)
    let from = try query.wholeNumber("from", in: 1...MessagesQuery.offsetMax)
    form = Form(view: try query.word("view") ?? .text, level: try query.word("level") ?? .local)
    guard let id = request.header("Last-Event-ID") else {
      offset = Offset(from ?? 1)
      return
    }
    guard !id.isEmpty, id.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let seen = UInt64(id),
      seen <= MessagesQuery.offsetMax
    else {
      throw .notAllowed("Last-Event-ID must be a whole number from 0 to \(MessagesQuery.offsetMax), not '\(id)'")
    }
    offset = Offset(seen).next
  }
}
