import HTTPServer
import Locking
import ReplicationCore

/// The answer to `GET /messages`: everything that the node holds durably, in pieces, so that a long log costs no memory.
enum MessagesAnswer {
  /// How many bytes of entries one piece takes.
  static let pieceBytesMax = 64 << 10

  /// - Parameter log: the node's.
  /// - Throws: 500 where the beginning of the log can't be read.
  static func response(log: any Log) throws(Rejection) -> Response {
    let (first, snapshot) = try begin(log)
    let headers = [Envelope.contentType]
    // A short log is one answer with a Content-Length.
    if snapshot.isFinished { return Response(status: 200, headers: headers, body: .bytes(first)) }
    let reader = Locked(snapshot)
    let pending = Locked<[UInt8]?>(first)
    return Response(
      status: 200, headers: headers,
      body: .stream {
        if let first = pending.withLock({ $0.take() }) { return first }
        return try reader.withLock { try $0.piece() }
      })
  }

  /// Takes a snapshot and its first piece; another one if entries are taken out in between, since nothing was sent yet.
  private static func begin(_ log: any Log) throws(Rejection) -> (piece: [UInt8], snapshot: Reader) {
    while true {
      var reader = Reader(log: log)
      do throws(LogReadError) {
        return (try reader.piece() ?? [], reader)
      } catch {
        if case .damaged(let damage) = error {
          throw Rejection(status: 500, message: "the messages can't be read: the log is \(damage)")
        }
      }
    }
  }

  /// Reads one snapshot of the log from its front to its end.
  private struct Reader {
    let log: any Log
    let end: LogEnd
    var next = Offset.zero.next
    var isBegun = false
    var isAnyShown = false
    var isFinished = false

    init(log: any Log) {
      self.log = log
      end = log.end
    }

    /// The next piece of the answer's text; nil when all is told.
    /// - Throws: `LogReadError`: the answer must break off, since what follows is another history or is damaged.
    mutating func piece() throws(LogReadError) -> [UInt8]? {
      if isFinished { return nil }
      var text: [UInt8] = []
      if !isBegun {
        Envelope.begin(200, "Messages fetched successfully", in: &text)
        text.appendJSON("[")
        isBegun = true
      }
      if next <= end.durable {
        guard let run = try log.runEnd(from: next, bytesMax: MessagesAnswer.pieceBytesMax, entriesMax: .max) else {
          throw .reset
        }
        let entries = try log.read(from: next, through: min(run.last, end.durable), generation: end.generation)
        text.reserveCapacity(text.count + entries.bytes.count)
        entries.forEach { entry in
          guard entry.kind == .message else { return }
          if isAnyShown { text.appendJSON(",") }
          isAnyShown = true
          text.appendJSON("{\"text\":")
          text.appendJSONString(entry.payload)
          text.appendJSON("}")
        }
        next = entries.last.next
      }
      if next > end.durable {
        text.appendJSON("]}")
        isFinished = true
      }
      return text
    }
  }
}
