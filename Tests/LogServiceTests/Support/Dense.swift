import ReplicationCore

@testable import LogService

extension Mastership {
  /// A master of a test.
  static func epoch(_ number: UInt64, startID: UInt64 = 7) -> Mastership {
    Mastership(epoch: Epoch(number), startID: startID)
  }
}

/// A log that only a test has, to send from as a master does.
struct SentLog {
  let id: LogID
  private var points: [LogPoint]
  private var entries: [[UInt8]] = []

  /// - Parameters:
  ///   - texts: from offset 1 on.
  ///   - epoch: of all of them.
  init(_ texts: [String] = [], epoch: UInt64 = 5, id: LogID = .test) {
    self.id = id
    points = [LogPoint(beginning: id)]
    append(texts, epoch: epoch)
  }

  mutating func append(_ texts: [String], epoch: UInt64) {
    for text in texts {
      var bytes: [UInt8] = []
      let entry = Entry(
        offset: Offset(UInt64(points.count)), epoch: Epoch(epoch), time: 0, payload: Array(text.utf8))
      points.append(entry.encode(into: &bytes, after: points[points.count - 1]))
      entries.append(bytes)
    }
  }

  /// The point at an offset.
  func point(_ offset: Int) -> LogPoint { points[offset] }

  /// A batch of these offsets.
  func request(_ range: ClosedRange<Int>, of mastership: Mastership, commit: UInt64 = 0) -> ReplicateRequest {
    ReplicateRequest(
      mastership: mastership, log: id, previous: points[range.lowerBound - 1], commit: Offset(commit),
      masterURL: "http://master", entries: run(range))
  }

  /// A heartbeat that asks for the point at an offset.
  func heartbeat(of mastership: Mastership, at offset: Int = 0, commit: UInt64 = 0) -> ReplicateRequest {
    ReplicateRequest(
      mastership: mastership, log: id, previous: points[offset], commit: Offset(commit), masterURL: "http://master",
      entries: .empty(after: Offset(UInt64(offset))))
  }

  func run(_ range: ClosedRange<Int>) -> EntryRun {
    EntryRun(
      first: Offset(UInt64(range.lowerBound)), last: Offset(UInt64(range.upperBound)),
      bytes: range.flatMap { entries[$0 - 1] })
  }
}

extension ReplicateRequest {
  /// Of a master whose log is the test's and says nothing of it.
  static func heartbeat(of mastership: Mastership) -> ReplicateRequest { SentLog().heartbeat(of: mastership) }

  /// Only asks who is there.
  static var question: ReplicateRequest {
    SentLog(id: .none).heartbeat(of: Mastership(epoch: .none, startID: 0))
  }

  /// The first entries of a log, all of this mastership.
  static func entries(_ texts: [String], of mastership: Mastership) -> ReplicateRequest {
    SentLog(texts, epoch: mastership.epoch.rawValue).request(1...texts.count, of: mastership)
  }
}

extension NodeClient {
  /// `POST /replicate` in the dense form, and the whole answer.
  func sendDense(_ request: ReplicateRequest) async throws -> Answer {
    try await send("POST", "/replicate", request.encoded(), contentType: ReplicateRequest.contentType)
  }

  /// `POST /replicate` as a master sends it.
  func replicate(_ request: ReplicateRequest) async throws -> ReplicateAnswer {
    try ReplicateAnswer(decoding: await sendDense(request).body)
  }

  /// `POST /fetch` in the dense form, and the whole answer.
  func sendFetch(_ request: FetchRequest) async throws -> Answer {
    try await send("POST", "/fetch", request.encoded(), contentType: FetchRequest.contentType)
  }

  /// `POST /fetch` as a master that starts sends it.
  func fetch(log: LogID = .test, after: UInt64, bytesMax: UInt64 = 0) async throws -> FetchAnswer {
    let request = FetchRequest(log: log, after: Offset(after), bytesMax: bytesMax)
    return try FetchAnswer(decoding: await sendFetch(request).body)
  }

  /// `POST /replicate` as a person sends it.
  func inject(_ text: String, at number: Int) async throws -> Answer {
    try await post("/replicate", #"{"data":{"text":"\#(text)","sequence_id":\#(number)}}"#)
  }
}

extension ReplicateAnswer {
  /// What it holds durably.
  var held: Offset { end.offset }
}
