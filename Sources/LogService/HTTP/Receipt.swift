import HTTPServer
import JSON
import ReplicationCore

/// One message as a node holds it: the answer to `GET /messages/{offset}`.
enum Receipt {
  static let route = "/messages/{offset}"

  /// Where a message's receipt is.
  static func path(_ offset: Offset) -> String { "/messages/\(offset)" }

  /// The offset in a receipt's path.
  /// - Throws: 422 for one that no message can have.
  static func offset(in path: String) throws(Rejection) -> Offset {
    let name = path.dropFirst(self.path(.zero).count - 1)
    guard name.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = UInt64(name),
      number >= 1
    else { throw .notAllowed("the offset in \(path) must be a whole number from 1") }
    return Offset(number)
  }

  /// What a node's log says of a message.
  struct Message {
    let offset: Offset
    let epoch: Epoch
    /// Milliseconds since 1970; 0 for what a person put on a follower by hand.
    let time: UInt64
    let text: String

    var members: [JSONValue.Member] {
      [
        .init(name: "offset", value: .number(offset.rawValue)), .init(name: "epoch", value: .number(epoch.rawValue)),
        .init(name: "time", value: time > 0 ? Receipt.timestamp(time) : .null),
        .init(name: "text", value: .string(text)),
      ]
    }
  }

  /// The message at `offset` in the node's log.
  /// - Throws: 404 where the node holds none there, 500 where the log can't be read.
  static func message(_ offset: Offset, log: any Log) throws(Rejection) -> Message {
    while true {
      let shown: MessagesAnswer.Shown
      let found: EntryRun?
      do throws(LogReadError) {
        shown = try MessagesAnswer.Shown(log)
        found =
          offset <= shown.local
          ? try log.read(from: offset, through: offset, generation: shown.end.generation) : nil
      } catch {
        if case .damaged(let damage) = error {
          throw Rejection(status: 500, message: "the message can't be read: the log is \(damage)")
        }
        // Entries were taken out meanwhile: the next look sees what is there now.
        continue
      }
      guard let run = found else { throw noMessage(offset, end: shown.local) }
      var message: Message?
      run.forEach { entry in
        guard entry.kind == .message else { return }
        message = Message(
          offset: entry.offset, epoch: entry.epoch, time: entry.time,
          text: String(decoding: entry.payload, as: UTF8.self))
      }
      if let message { return message }
      throw Rejection(
        status: 404, message: "what is at offset \(offset) is no message",
        data: .members(["last_offset": .number(shown.local.rawValue)]))
    }
  }

  /// As RFC 3339 writes it, in UTC.
  static func timestamp(_ milliseconds: UInt64) -> JSONValue {
    var text: [UInt8] = []
    text.appendTimestamp(milliseconds)
    return .string(String(decoding: text, as: UTF8.self))
  }

  /// 404: beyond the end.
  static func noMessage(_ offset: Offset, end: Offset) -> Rejection {
    Rejection(
      status: 404, message: "there is no message at offset \(offset): this node's log ends at \(end)",
      data: .members(["last_offset": .number(end.rawValue)]))
  }

  static func response(_ members: [JSONValue.Member]) -> Response {
    Envelope.response(200, "Message fetched successfully", data: .object(members))
  }
}

/// The query of `GET /messages/{offset}`: whether to wait until more nodes hold the message.
struct ReceiptQuery {
  static let names = ["write_concern", "wait"]
  /// The longest wait, in seconds.
  static let waitSecondsMax = 3600

  /// How many nodes must hold the message; a majority if only `wait` is given.
  let writeConcern: Int
  /// How long to wait for that; nil for as long as it takes.
  let wait: Interval?

  /// - Parameter nodes: the number of configured nodes.
  /// - Returns: nil where nothing is to be waited for.
  /// - Throws: 422 for what is not allowed.
  init?(_ request: Request, nodes: Int) throws(Rejection) {
    guard !request.query.isEmpty else { return nil }
    let parameters = try QueryParameters(request, names: Self.names)
    writeConcern =
      if let text = parameters.text("write_concern") { try WriteConcern.read(text: text, nodes: nodes) } else {
        majority(ofNodes: nodes)
      }
    wait = try parameters.seconds("wait", max: .seconds(Self.waitSecondsMax)).map { Interval($0) }
  }
}
