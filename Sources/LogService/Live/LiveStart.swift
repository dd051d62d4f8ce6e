import HTTPServer
import ReplicationCore

/// Where a client begins to follow the log.
enum LiveStart {
  /// The offset after `Last-Event-ID`, else `from`, else 1.
  /// - Throws: 422 for what is not allowed.
  static func offset(_ request: Request) throws(Rejection) -> Offset {
    let query = try QueryParameters(request, names: ["from"])
    let from = try query.wholeNumber("from", in: 1...MessagesQuery.offsetMax)
    guard let id = request.header("Last-Event-ID") else { return Offset(from ?? 1) }
    guard !id.isEmpty, id.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let seen = UInt64(id),
      seen <= MessagesQuery.offsetMax
    else {
      throw .notAllowed("Last-Event-ID must be a whole number from 0 to \(MessagesQuery.offsetMax), not '\(id)'")
    }
    return Offset(seen).next
  }
}
