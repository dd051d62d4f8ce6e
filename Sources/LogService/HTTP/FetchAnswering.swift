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
        let answer = try answer(question, log: log, identity: identity)
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

  private static func answer(
    _ question: FetchRequest, log: any Log, identity: NodeIdentity
  ) throws(LogReadError) -> FetchAnswer {
    let end = log.end
    let held = log.identity
    // What a person put on a follower by hand counts for nothing.
    guard held.log != .none else {
      return FetchAnswer(
        identity: identity, promise: held.promise, log: .none, end: LogPoint(beginning: .none), commitKnown: .zero,
        point: nil, entries: .empty(after: question.after))
    }
    var point: LogPoint?
    var entries = EntryRun.empty(after: question.after)
    if question.after <= end.durable {
      point = try log.point(at: question.after)
      let bytesMax = min(Int(clamping: question.bytesMax), bytesMax)
      if bytesMax > 0, question.after < end.durable,
        let run = try log.runEnd(from: question.after.next, bytesMax: bytesMax, entriesMax: .max)
      {
        entries = try log.read(
          from: question.after.next, through: min(run.last, end.durable), generation: end.generation)
      }
    }
    guard log.end.generation == end.generation else { throw .reset }
    return FetchAnswer(
      identity: identity, promise: held.promise, log: held.log, end: end.durablePoint, commitKnown: log.commitKnown,
      point: point, entries: entries)
  }
}
