import HTTPServer
import ReplicationCore

/// `POST /fetch`: what this node holds, for a master that starts and for `replog recover`. Both roles answer it.
enum FetchAnswering {
  /// How many bytes of entries one answer takes at most; one entry always fits.
  static let bytesMax = 4 << 20

  /// - Parameters:
  ///   - request: in the dense form.
  ///   - log: the node's.
  ///   - identity: this process of the node.
  /// - Throws: 415 or 400 where it is no such request, 500 where the log can't be read there.
  static func answer(
    _ request: Request, log: any Log, identity: NodeIdentity
  ) throws(Rejection) -> Response {
    guard (request.header("Content-Type") ?? "").lowercased() == FetchRequest.contentType else {
      throw Rejection(status: 415, message: "this path is for nodes: it takes \(FetchRequest.contentType)")
    }
    let question: FetchRequest
    do throws(WireError) {
      question = try FetchRequest(decoding: request.body)
    } catch {
      throw .unreadable("not a request of a node: \(error.description)")
    }
    while true {
      do throws(LogReadError) {
        let answer = try question.answer(log: log, identity: identity, limit: bytesMax)
        return Response(
          status: 200, headers: [Header(name: "Content-Type", value: FetchRequest.contentType)],
          body: .bytes(answer.encoded()))
      } catch {
        // Entries were taken out meanwhile: the next look sees what is there now.
        if case .damaged(let damage) = error {
          throw Rejection(status: 500, message: "the entries can't be read: the log is \(damage)")
        }
      }
    }
  }
}
